package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// watches are the answers to watches that are open, so that they can be cut off.
type watches struct {
	next http.RoundTripper
	lock sync.Mutex
	open []io.Closer
	all  int
}

func (w *watches) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := w.next.RoundTrip(request)
	if err == nil && request.URL.Query().Get("watch") != "" {
		w.lock.Lock()
		defer w.lock.Unlock()
		w.open = append(w.open, answer.Body)
		w.all++
	}
	return answer, err
}

func (w *watches) cut() int {
	w.lock.Lock()
	defer w.lock.Unlock()
	for _, body := range w.open {
		body.Close()
	}
	w.open = nil
	return w.all
}

// events are told in the order they come.
func events(informer cache.SharedIndexInformer) (<-chan string, error) {
	told := make(chan string, 100)
	name := func(object any) string {
		if gone, is := object.(cache.DeletedFinalStateUnknown); is {
			object = gone.Obj
		}
		return object.(metav1.Object).GetName()
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { told <- "add " + name(object) },
		UpdateFunc: func(old, object any) {
			if old.(metav1.Object).GetResourceVersion() != object.(metav1.Object).GetResourceVersion() {
				told <- "update " + name(object)
			}
		},
		DeleteFunc: func(object any) { told <- "delete " + name(object) },
	})
	return told, err
}

func next(ctx context.Context, told <-chan string, wanted string) error {
	select {
	case event := <-told:
		return expect(event == wanted, "%q instead of %q", event, wanted)
	case <-ctx.Done():
		return fmt.Errorf("%q never came", wanted)
	}
}

// informer keeps a cache that follows the server, also when its watch is cut off.
func informer(ctx context.Context, w world) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	config := rest.CopyConfig(w.config)
	cuts := &watches{}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		cuts.next = next
		return cuts
	})
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	watched := func(name string) *corev1.ConfigMap {
		object := configMap(name, map[string]string{"a": "1"})
		object.Labels = map[string]string{"test": "informer"}
		return object
	}
	if _, err := maps.Create(ctx, watched("before"), metav1.CreateOptions{}); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithNamespace(w.namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "test=informer" }))
	informer := factory.Core().V1().ConfigMaps()
	told, err := events(informer.Informer())
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if err := expect(synced, "%v never synced", kind); err != nil {
			return err
		}
	}
	if err := next(ctx, told, "add before"); err != nil {
		return err
	}
	made, err := maps.Create(ctx, watched("during"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := next(ctx, told, "add during"); err != nil {
		return err
	}
	made.Data["a"] = "2"
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := next(ctx, told, "update during"); err != nil {
		return err
	}

	before := cuts.cut()
	if _, err := maps.Create(ctx, watched("after"), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "during", metav1.DeleteOptions{}); err != nil {
		return err
	}
	// A watch that goes on tells them in their order, a new list in an order of its own.
	missing := map[string]bool{"add after": true, "delete during": true}
	for len(missing) > 0 {
		select {
		case event := <-told:
			if !missing[event] {
				return fmt.Errorf("%q after a cut watch", event)
			}
			delete(missing, event)
		case <-ctx.Done():
			return fmt.Errorf("never came after a cut watch: %v", missing)
		}
	}
	if err := expect(cuts.cut() > before, "the watch was never cut"); err != nil {
		return err
	}
	// What stops matching the selector is deleted to the watcher.
	patch := []byte(`{"metadata":{"labels":{"test":"other"}}}`)
	if _, err := maps.Patch(ctx, "before", "application/merge-patch+json", patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := next(ctx, told, "delete before"); err != nil {
		return err
	}
	kept, err := informer.Lister().ConfigMaps(w.namespace).List(labels.Everything())
	if err != nil {
		return err
	}
	return expect(len(kept) == 1 && kept[0].Name == "after", "cached %v", kept)
}

// metadataInformer watches metadata alone, in protobuf.
func metadataInformer(ctx context.Context, w world) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := metadata.NewForConfig(w.config)
	if err != nil {
		return err
	}
	factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, w.namespace, nil)
	secrets := corev1.SchemeGroupVersion.WithResource("secrets")
	told, err := events(factory.ForResource(secrets).Informer())
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	factory.WaitForCacheSync(ctx.Done())
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "metadata"}, Data: map[string][]byte{"a": {0, 255}}}
	if _, err := w.client.CoreV1().Secrets(w.namespace).Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := next(ctx, told, "add metadata"); err != nil {
		return err
	}
	if err := client.Resource(secrets).Namespace(w.namespace).Delete(ctx, "metadata", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return next(ctx, told, "delete metadata")
}
