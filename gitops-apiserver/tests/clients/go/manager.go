package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const finalizer = "clients.example.com/cleanup"

var siteVersion = schema.GroupVersion{Group: "clients.example.com", Version: "v1"}

// Site is a custom resource: a Deployment that it owns, and what became of it.
type Site struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              SiteSpec   `json:"spec"`
	Status            SiteStatus `json:"status,omitempty"`
}

// SiteSpec is what is wanted.
type SiteSpec struct {
	Image    string `json:"image"`
	Replicas *int32 `json:"replicas,omitempty"`
}

// SiteStatus is what is.
type SiteStatus struct {
	Ready      int32              `json:"ready,omitempty"`
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// SiteList is a list of them.
type SiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Site `json:"items"`
}

// DeepCopyObject as the machinery asks for it.
func (s *Site) DeepCopyObject() runtime.Object {
	copied := *s
	s.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	if s.Spec.Replicas != nil {
		replicas := *s.Spec.Replicas
		copied.Spec.Replicas = &replicas
	}
	copied.Status.Conditions = append([]metav1.Condition(nil), s.Status.Conditions...)
	return &copied
}

// DeepCopyObject as the machinery asks for it.
func (l *SiteList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.Items = nil
	for i := range l.Items {
		copied.Items = append(copied.Items, *l.Items[i].DeepCopyObject().(*Site))
	}
	return &copied
}

func siteDefinition() *apiextensionsv1.CustomResourceDefinition {
	text, number := apiextensionsv1.JSONSchemaProps{Type: "string"}, apiextensionsv1.JSONSchemaProps{Type: "integer", Format: "int32"}
	replicas := number
	replicas.Default = &apiextensionsv1.JSON{Raw: []byte("1")}
	preserve := true
	conditions := apiextensionsv1.JSONSchemaProps{Type: "array", Items: &apiextensionsv1.JSONSchemaPropsOrArray{
		Schema: &apiextensionsv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: &preserve},
	}}
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "sites." + siteVersion.Group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: siteVersion.Group, Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Kind: "Site", ListKind: "SiteList", Plural: "sites", Singular: "site"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: siteVersion.Version, Served: true, Storage: true,
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object",
					Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec": {Type: "object", Required: []string{"image"}, Properties: map[string]apiextensionsv1.JSONSchemaProps{
							"image": text, "replicas": replicas,
						}},
						"status": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
							"ready": number, "conditions": conditions,
						}},
					},
				}},
			}},
		},
	}
}

// sites keeps a Deployment for each Site.
type sites struct {
	client.Client
	scheme *runtime.Scheme
}

// Reconcile brings one site about.
func (r *sites) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	site := &Site{}
	if err := r.Get(ctx, request.NamespacedName, site); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	owned := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: site.Name, Namespace: site.Namespace}}
	if !site.DeletionTimestamp.IsZero() {
		if err := r.Delete(ctx, owned); client.IgnoreNotFound(err) != nil {
			return ctrl.Result{}, err
		}
		if controllerutil.RemoveFinalizer(site, finalizer) {
			return ctrl.Result{}, client.IgnoreNotFound(r.Update(ctx, site))
		}
		return ctrl.Result{}, nil
	}
	if controllerutil.AddFinalizer(site, finalizer) {
		return ctrl.Result{}, r.Update(ctx, site)
	}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, owned, func() error {
		wanted := deployment(site.Name)
		if owned.CreationTimestamp.IsZero() {
			owned.Spec = wanted.Spec
		}
		owned.Spec.Replicas = site.Spec.Replicas
		owned.Spec.Template.Spec.Containers[0].Image = site.Spec.Image
		return controllerutil.SetControllerReference(site, owned, r.scheme)
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	before := site.DeepCopyObject().(client.Object)
	site.Status.Ready = owned.Status.ReadyReplicas
	return ctrl.Result{}, r.Status().Patch(ctx, site, client.MergeFrom(before))
}

// ready says of every Deployment that it is, as a cluster would.
type ready struct{ client.Client }

// Reconcile updates one status.
func (r *ready) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	found := &appsv1.Deployment{}
	if err := r.Get(ctx, request.NamespacedName, found); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if found.Status.ReadyReplicas == *found.Spec.Replicas && found.Status.ObservedGeneration == found.Generation {
		return ctrl.Result{}, nil
	}
	replicas := *found.Spec.Replicas
	found.Status = appsv1.DeploymentStatus{
		ObservedGeneration: found.Generation, Replicas: replicas, UpdatedReplicas: replicas,
		ReadyReplicas: replicas, AvailableReplicas: replicas,
	}
	return ctrl.Result{}, r.Status().Update(ctx, found)
}

// manager runs controllers with controller-runtime, for a custom resource and a built-in kind.
func manager(ctx context.Context, w world) error {
	ctrl.SetLogger(logr.Discard())
	known := runtime.NewScheme()
	if err := first(scheme.AddToScheme(known), apiextensionsv1.AddToScheme(known)); err != nil {
		return err
	}
	known.AddKnownTypes(siteVersion, &Site{}, &SiteList{})
	metav1.AddToGroupVersion(known, siteVersion)
	config := rest.CopyConfig(w.config)
	// Controller-runtime chooses the content type by kind.
	config.ContentType, config.AcceptContentTypes = "", ""
	direct, err := client.New(config, client.Options{Scheme: known})
	if err != nil {
		return err
	}
	definition := siteDefinition()
	if err := direct.Create(ctx, definition); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("definition: %w", err)
	}
	eventually := func(what string, holds func() (bool, error)) error {
		err := wait.PollUntilContextCancel(ctx, 20*time.Millisecond, true, func(context.Context) (bool, error) { return holds() })
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
	err = eventually("established", func() (bool, error) {
		err := direct.List(ctx, &SiteList{}, client.InNamespace(w.namespace))
		return err == nil, nil
	})
	if err != nil {
		return err
	}

	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: known, Metrics: server.Options{BindAddress: "0"},
		Cache: cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
	})
	if err != nil {
		return err
	}
	if err := first(
		ctrl.NewControllerManagedBy(manager).For(&Site{}).Owns(&appsv1.Deployment{}).Complete(&sites{manager.GetClient(), known}),
		ctrl.NewControllerManagedBy(manager).For(&appsv1.Deployment{}).Complete(&ready{manager.GetClient()}),
	); err != nil {
		return err
	}
	own, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(own) }()
	defer func() {
		stop()
		<-ended
	}()

	replicas := int32(2)
	site := &Site{ObjectMeta: metav1.ObjectMeta{Name: "site", Namespace: w.namespace}, Spec: SiteSpec{Image: "nginx:1"}}
	if err := direct.Create(ctx, site); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	if err := expect(site.Spec.Replicas != nil && *site.Spec.Replicas == 1, "no default: %+v", site.Spec); err != nil {
		return err
	}
	key := client.ObjectKeyFromObject(site)
	isReady := func(wanted int32) func() (bool, error) {
		return func() (bool, error) {
			err := direct.Get(ctx, key, site)
			return err == nil && site.Status.Ready == wanted, err
		}
	}
	if err := eventually("ready", isReady(1)); err != nil {
		return err
	}
	patch := client.MergeFrom(site.DeepCopyObject().(client.Object))
	site.Spec.Replicas, site.Spec.Image = &replicas, "nginx:2"
	if err := direct.Patch(ctx, site, patch); err != nil {
		return err
	}
	if err := eventually("scaled", isReady(2)); err != nil {
		return err
	}
	owned := &appsv1.Deployment{}
	if err := direct.Get(ctx, key, owned); err != nil {
		return err
	}
	owner := metav1.GetControllerOf(owned)
	if err := first(
		expect(owner != nil && owner.UID == site.UID && owner.Kind == "Site", "owner %+v", owner),
		expect(owned.Spec.Template.Spec.Containers[0].Image == "nginx:2", "image"),
		expect(controllerutil.ContainsFinalizer(site, finalizer) && site.Generation == 2, "metadata %+v", site.ObjectMeta),
	); err != nil {
		return err
	}
	// Server-side apply of the client, and an event.
	note := &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: "note", Namespace: w.namespace}, Data: map[string]string{"a": "b"},
	}
	//nolint:staticcheck // The older way, which most controllers still go.
	if err := direct.Patch(ctx, note, client.Apply, client.FieldOwner("clients"), client.ForceOwnership); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if err := direct.Delete(ctx, site); err != nil {
		return err
	}
	err = eventually("gone", func() (bool, error) {
		err := direct.Get(ctx, key, site)
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
	if err != nil {
		return err
	}
	return expect(apierrors.IsNotFound(direct.Get(ctx, key, owned)), "the deployment is still there")
}
