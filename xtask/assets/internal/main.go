// Prints the internal types of the API server, for `cargo xtask internal`: a line a struct.
//
//	package.Type Field[=json][?]:type ...
//
// `=` comes before the name that a field has in JSON, `?` says that it is left out when empty. Most
// have no name in JSON: messages show them by the name in Go, and always. Fields of structs that
// are spread into the one around them stand in their place; `<` marks metadata, which clients see
// in a field of its own.
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/discovery"
	"k8s.io/kubernetes/pkg/apis/flowcontrol"
	"k8s.io/kubernetes/pkg/apis/networking"
	"k8s.io/kubernetes/pkg/apis/policy"
	"k8s.io/kubernetes/pkg/apis/rbac"
	"k8s.io/kubernetes/pkg/apis/resource"
	"k8s.io/kubernetes/pkg/apis/storage"
	"k8s.io/kubernetes/pkg/apis/storagemigration"
)

// What messages show: whole specs, and parts of them.
var shown = []any{
	apps.DaemonSetSpec{}, apps.DeploymentSpec{}, apps.StatefulSetSpec{}, batch.JobSpec{},
	autoscaling.HorizontalPodAutoscalerSpec{}, core.EndpointSubset{}, core.NodeAddress{},
	core.EventSource{}, core.NodeSpec{}, core.PersistentVolumeClaim{}, core.PersistentVolumeSpec{}, core.PersistentVolumeSource{},
	core.ServiceSpec{}, core.PodIP{}, core.HostIP{}, batch.UncountedTerminatedPods{},
	core.ResourceQuotaSpec{}, core.LimitRangeSpec{}, discovery.EndpointSlice{},
	flowcontrol.FlowSchemaSpec{}, flowcontrol.PriorityLevelConfigurationSpec{},
	networking.IngressSpec{}, networking.ServiceCIDRSpec{}, networking.IngressClassSpec{}, networking.NetworkPolicySpec{},
	policy.PodDisruptionBudgetSpec{}, rbac.ClusterRole{}, rbac.RoleBinding{}, storage.CSIDriverSpec{},
	storage.StorageClass{}, storage.VolumeAttachmentSpec{}, storage.CSINodeSpec{},
	admissionregistration.ValidatingWebhook{}, admissionregistration.MutatingWebhook{},
	admissionregistration.ValidatingAdmissionPolicySpec{},
	admissionregistration.ValidatingAdmissionPolicyBindingSpec{},
	storagemigration.StorageVersionMigrationSpec{}, metav1.Condition{},
	resource.ResourceClaimTemplateSpec{}, resource.DeviceAttribute{},
	// What is declared to be unique is shown in the form of clients.
	resourcev1.DeviceRequest{}, resourcev1.DeviceCounterConsumption{}, resourcev1.CounterSet{},
	resourcev1.ResourceClaimConsumerReference{}, resourcev1.AllocatedDeviceStatus{},
}

var (
	marshaler = reflect.TypeFor[json.Marshaler]()
	lines     = map[string]string{}
)

func main() {
	for _, one := range shown {
		name(reflect.TypeOf(one))
	}
	keys := make([]string, 0, len(lines))
	for key := range lines {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		fmt.Println(lines[key])
	}
}

func name(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + name(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + name(t.Elem())
	case reflect.Map:
		return "map:" + name(t.Elem())
	case reflect.Struct:
		if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
			return t.Name()
		}
		visit(t)
		return short(t)
	}
	return t.Kind().String()
}

func short(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return parts[len(parts)-1] + "." + t.Name()
}

func visit(t reflect.Type) {
	key := short(t)
	if _, done := lines[key]; done {
		return
	}
	lines[key] = ""
	lines[key] = strings.Join(append([]string{key}, fields(t)...), " ")
}

func fields(t reflect.Type) []string {
	var words []string
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		parts := strings.Split(tag, ",")
		if !f.IsExported() || tag == "-" {
			continue
		}
		if f.Anonymous && parts[0] == "" {
			switch f.Name {
			case "TypeMeta": // Known by the type, in memory.
			case "ObjectMeta":
				words = append(words, "<metadata:"+name(f.Type))
			default:
				words = append(words, fields(f.Type)...)
			}
			continue
		}
		word := f.Name
		if parts[0] != "" {
			word += "=" + parts[0]
		}
		for _, option := range parts[1:] {
			if option == "omitempty" || option == "omitzero" {
				word += "?"
				break
			}
		}
		words = append(words, word+":"+name(f.Type))
	}
	return words
}
