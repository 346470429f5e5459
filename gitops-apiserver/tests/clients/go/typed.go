package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](2),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "main", Image: "nginx",
					Ports: []corev1.ContainerPort{{ContainerPort: 80}},
					Resources: corev1.ResourceRequirements{
						Limits: corev1.ResourceList{"cpu": resource.MustParse("1500m")},
					},
				}}},
			},
		},
	}
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"test": "typed"}},
		Data:       data,
	}
}

// typed writes, reads and deletes with typed clients, which look at every error they get.
func typed(ctx context.Context, w world) error {
	deployments := w.client.AppsV1().Deployments(w.namespace)
	made, err := deployments.Create(ctx, deployment("typed"), metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	container := made.Spec.Template.Spec.Containers[0]
	if err := first(
		expect(made.UID != "" && made.Generation == 1, "metadata %+v", made.ObjectMeta),
		expect(!made.CreationTimestamp.IsZero(), "no time of creation"),
		expect(made.Spec.Strategy.Type == appsv1.RollingUpdateDeploymentStrategyType, "no defaults: %+v", made.Spec.Strategy),
		expect(made.Spec.Strategy.RollingUpdate.MaxSurge.String() == "25%", "maxSurge %v", made.Spec.Strategy.RollingUpdate.MaxSurge),
		expect(container.Ports[0].Protocol == corev1.ProtocolTCP, "protocol %v", container.Ports),
		expect(container.Resources.Limits.Cpu().MilliValue() == 1500, "cpu %v", container.Resources.Limits.Cpu()),
	); err != nil {
		return err
	}

	_, err = deployments.Create(ctx, deployment("typed"), metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("created twice: %v", err)
	}
	bad := deployment("bad")
	bad.Spec.Replicas = ptr.To[int32](-1)
	_, err = deployments.Create(ctx, bad, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) {
		return fmt.Errorf("invalid: %v", err)
	}
	if _, err = deployments.Get(ctx, "absent", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("absent: %v", err)
	}

	stale := made.DeepCopy()
	made.Spec.Paused = true
	updated, err := deployments.Update(ctx, made, metav1.UpdateOptions{})
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := expect(updated.Generation == 2 && updated.ResourceVersion != stale.ResourceVersion, "generation %d", updated.Generation); err != nil {
		return err
	}
	stale.Spec.Paused = true
	stale.Spec.MinReadySeconds = 3
	if _, err = deployments.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("stale update: %v", err)
	}

	updated.Status.ReadyReplicas, updated.Status.Replicas = 1, 1
	updated.Spec.Replicas = ptr.To[int32](9)
	status, err := deployments.UpdateStatus(ctx, updated, metav1.UpdateOptions{})
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	if err := expect(*status.Spec.Replicas == 2 && status.Status.ReadyReplicas == 1, "status wrote %d %+v", *status.Spec.Replicas, status.Status); err != nil {
		return err
	}
	scale, err := deployments.GetScale(ctx, "typed", metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("get scale: %w", err)
	}
	scale.Spec = autoscalingv1.ScaleSpec{Replicas: 5}
	if _, err = deployments.UpdateScale(ctx, "typed", scale, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("update scale: %w", err)
	}
	scaled, err := deployments.Get(ctx, "typed", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := expect(*scaled.Spec.Replicas == 5, "scaled to %d", *scaled.Spec.Replicas); err != nil {
		return err
	}

	wrong := types.UID("00000000-0000-4000-8000-000000000000")
	err = deployments.Delete(ctx, "typed", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &wrong}})
	if !apierrors.IsConflict(err) {
		return fmt.Errorf("delete of another: %v", err)
	}
	background := metav1.DeletePropagationBackground
	err = deployments.Delete(ctx, "typed", metav1.DeleteOptions{
		Preconditions: metav1.NewUIDPreconditions(string(scaled.UID)), PropagationPolicy: &background,
	})
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if _, err = deployments.Get(ctx, "typed", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleted: %v", err)
	}
	_, err = deployments.Create(ctx, deployment("dry"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	if _, err = deployments.Get(ctx, "dry", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("dry run left: %v", err)
	}
	return nil
}

// pages lists in pages and deletes what selectors choose.
func pages(ctx context.Context, w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	for i := range 5 {
		if _, err := maps.Create(ctx, configMap(fmt.Sprintf("page-%d", i), nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	options := metav1.ListOptions{LabelSelector: "test=typed", Limit: 2}
	names, versions := []string{}, map[string]bool{}
	for {
		list, err := maps.List(ctx, options)
		if err != nil {
			return err
		}
		for _, item := range list.Items {
			names = append(names, item.Name)
		}
		versions[list.ResourceVersion] = true
		if options.Continue = list.Continue; list.Continue == "" {
			break
		}
	}
	if err := expect(fmt.Sprint(names) == "[page-0 page-1 page-2 page-3 page-4]" && len(versions) == 1, "pages %v of %v", names, versions); err != nil {
		return err
	}
	one, err := maps.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=page-3"})
	if err != nil {
		return err
	}
	if err := expect(len(one.Items) == 1, "%d by name", len(one.Items)); err != nil {
		return err
	}
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "test=typed"}); err != nil {
		return err
	}
	left, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "test=typed"})
	if err != nil {
		return err
	}
	return expect(len(left.Items) == 0, "%d left", len(left.Items))
}

// patches sends each kind of patch.
func patches(ctx context.Context, w world) error {
	deployments := w.client.AppsV1().Deployments(w.namespace)
	if _, err := deployments.Create(ctx, deployment("patched"), metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, patch := range []struct {
		kind types.PatchType
		body string
	}{
		{types.StrategicMergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox"}]}}}}`},
		{types.MergePatchType, `{"metadata":{"annotations":{"a":"b"}}}`},
		{types.JSONPatchType, `[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/replicas","value":3}]`},
	} {
		if _, err := deployments.Patch(ctx, "patched", patch.kind, []byte(patch.body), metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("%s: %w", patch.kind, err)
		}
	}
	now, err := deployments.Get(ctx, "patched", metav1.GetOptions{})
	if err != nil {
		return err
	}
	return first(
		expect(len(now.Spec.Template.Spec.Containers) == 2, "containers %v", now.Spec.Template.Spec.Containers),
		expect(now.Annotations["a"] == "b" && *now.Spec.Replicas == 3, "%v %v", now.Annotations, *now.Spec.Replicas),
	)
}
