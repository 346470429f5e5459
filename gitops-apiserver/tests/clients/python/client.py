"""The Python client, unchanged, against the server that KUBECONFIG names.

python client.py NAMESPACE: works in a namespace that is there and fails at the first surprise.
"""

import sys
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.exceptions import ApiException


def refused(status, call, *args, **kwargs):
    """The body of the refusal that a call must meet."""
    try:
        call(*args, **kwargs)
    except ApiException as error:
        assert error.status == status, f"{error.status} instead of {status}: {error.body}"
        return error.body
    raise AssertionError(f"{call.__name__} wasn't refused")


def eventually(call, *args, **kwargs):
    """What a call gives as soon as it isn't refused any more."""
    for _ in range(1000):
        try:
            return call(*args, **kwargs)
        except (ApiException, dynamic.exceptions.ResourceNotFoundError) as error:
            refusal = error
    raise refusal


def objects(namespace):
    core, apps = client.CoreV1Api(), client.AppsV1Api()
    labels = {"app": "python"}
    container = client.V1Container(
        name="main",
        image="nginx",
        ports=[client.V1ContainerPort(container_port=80)],
        resources=client.V1ResourceRequirements(limits={"cpu": "1500m"}),
    )
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1DeploymentSpec(
        replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=template
    )
    wanted = client.V1Deployment(metadata=client.V1ObjectMeta(name="python"), spec=spec)
    made = apps.create_namespaced_deployment(namespace, wanted)
    assert made.metadata.uid and made.metadata.creation_timestamp.tzinfo
    assert made.spec.strategy.rolling_update.max_surge == "25%"
    body = refused(409, apps.create_namespaced_deployment, namespace, wanted)
    assert '"AlreadyExists"' in body

    old = made.metadata.resource_version
    made.spec.paused = True
    newer = apps.replace_namespaced_deployment("python", namespace, made)
    assert newer.metadata.generation == 2 and newer.metadata.resource_version != old
    made.spec.min_ready_seconds = 3
    refused(409, apps.replace_namespaced_deployment, "python", namespace, made)
    patched = apps.patch_namespaced_deployment("python", namespace, {"spec": {"replicas": 3}})
    assert patched.spec.replicas == 3 and patched.spec.template.spec.containers[0].name == "main"
    patched = apps.patch_namespaced_deployment(
        "python", namespace, [{"op": "replace", "path": "/spec/replicas", "value": 4}]
    )
    assert patched.spec.replicas == 4
    scale = apps.read_namespaced_deployment_scale("python", namespace)
    assert scale.spec.replicas == 4 and scale.status.selector == "app=python"
    apps.patch_namespaced_deployment_scale("python", namespace, {"spec": {"replicas": 5}})
    assert apps.read_namespaced_deployment("python", namespace).spec.replicas == 5
    wanted.spec.replicas = -1
    wanted.metadata.name = "bad"
    body = refused(422, apps.create_namespaced_deployment, namespace, wanted)
    assert "must be greater than or equal to 0" in body
    status = apps.delete_namespaced_deployment("python", namespace)
    assert status["status"] == "Success", status
    refused(404, apps.read_namespaced_deployment, "python", namespace)

    secret = client.V1Secret(
        metadata=client.V1ObjectMeta(generate_name="python-"), string_data={"a": "b"}
    )
    secret = core.create_namespaced_secret(namespace, secret)
    assert secret.metadata.name.startswith("python-") and secret.data == {"a": "Yg=="}


def watches(namespace):
    core = client.CoreV1Api()
    start = core.list_namespaced_config_map(namespace).metadata.resource_version
    seen = []

    def follow():
        events = watch.Watch().stream(
            core.list_namespaced_config_map,
            namespace,
            label_selector="test=python",
            resource_version=start,
            timeout_seconds=60,
        )
        for event in events:
            seen.append((event["type"], event["object"].metadata.name))
            if event["type"] == "DELETED":
                return

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    meta = client.V1ObjectMeta(name="watched", labels={"test": "python"})
    core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=meta))
    core.patch_namespaced_config_map("watched", namespace, {"data": {"a": "b"}})
    core.delete_namespaced_config_map("watched", namespace)
    follower.join(60)
    expected = [("ADDED", "watched"), ("MODIFIED", "watched"), ("DELETED", "watched")]
    assert seen == expected, seen


def pages(namespace):
    core = client.CoreV1Api()
    for index in range(5):
        meta = client.V1ObjectMeta(name=f"page-{index}", labels={"page": "python"})
        core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=meta))
    names, token = [], None
    while True:
        page = core.list_namespaced_config_map(
            namespace, label_selector="page=python", limit=2, _continue=token
        )
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert names == [f"page-{index}" for index in range(5)], names
    core.delete_collection_namespaced_config_map(namespace, label_selector="page=python")
    assert not core.list_namespaced_config_map(namespace, label_selector="page=python").items


def custom(namespace):
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "snakes.python.clients.example.com"},
        "spec": {
            "group": "python.clients.example.com",
            "scope": "Namespaced",
            "names": {"kind": "Snake", "plural": "snakes"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"spec": schema, "status": schema},
                        }
                    },
                }
            ],
        },
    }
    dynamic_client = dynamic.DynamicClient(client.ApiClient())
    definitions = dynamic_client.resources.get(
        api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition"
    )
    definitions.create(body=definition)
    for event in definitions.watch(name=definition["metadata"]["name"], timeout=60):
        conditions = (event["raw_object"].get("status") or {}).get("conditions") or []
        if any(one["type"] == "Established" and one["status"] == "True" for one in conditions):
            break
    else:
        raise AssertionError("never established")
    # The real server names a new kind in discovery, and serves it, a moment after it is established.
    snakes = eventually(
        dynamic_client.resources.get, api_version="python.clients.example.com/v1", kind="Snake"
    )
    eventually(snakes.get, namespace=namespace)
    snake = {
        "apiVersion": "python.clients.example.com/v1",
        "kind": "Snake",
        "metadata": {"name": "monty"},
        "spec": {"length": 3.5, "rings": [1, {"a": None}]},
    }
    made = snakes.create(body=snake, namespace=namespace)
    assert made.metadata.generation == 1 and made.spec.length == 3.5
    applied = snakes.server_side_apply(
        body={**snake, "spec": {"colour": "green"}}, namespace=namespace, field_manager="python"
    )
    assert applied.spec.colour == "green" and applied.spec.length == 3.5
    snake["spec"]["colour"] = "red"
    try:
        snakes.server_side_apply(body=snake, namespace=namespace, field_manager="other")
        raise AssertionError("no conflict")
    except dynamic.exceptions.ConflictError as error:
        assert "FieldManagerConflict" in str(error.body), error.body
    status = snakes.status.patch(
        body={"metadata": {"name": "monty"}, "status": {"fed": True}},
        name="monty",
        namespace=namespace,
        content_type="application/merge-patch+json",
    )
    assert status.status.fed is True
    snakes.delete(name="monty", namespace=namespace)
    assert not snakes.get(namespace=namespace).items


def main():
    config.load_kube_config()
    namespace = sys.argv[1]
    assert client.VersionApi().get_code().major == "1"
    for scenario in (objects, watches, pages, custom):
        scenario(namespace)
        print(f"{scenario.__name__}: ok")


if __name__ == "__main__":
    main()
