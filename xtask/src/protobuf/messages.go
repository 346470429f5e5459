// Prints how every built-in kind is laid out in protobuf: the table that gitops-apiserver reads.
// `cargo xtask protobuf` runs it inside the module that pins Kubernetes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// Types whose message isn't what their Go struct looks like.
var layouts = map[reflect.Type]reflect.Type{
	reflect.TypeFor[metav1.Time]():      reflect.TypeFor[metav1.Timestamp](),
	reflect.TypeFor[metav1.MicroTime](): reflect.TypeFor[metav1.Timestamp](),
	reflect.TypeFor[resource.Quantity](): reflect.TypeFor[struct {
		String_ string `protobuf:"bytes,1,opt,name=string" json:"string"`
	}](),
}

// Types with a JSON form of their own; the reader knows them by their names.
var formed = map[reflect.Type]bool{
	reflect.TypeFor[metav1.Time]():                                  true,
	reflect.TypeFor[metav1.MicroTime]():                             true,
	reflect.TypeFor[metav1.FieldsV1]():                              true,
	reflect.TypeFor[runtime.RawExtension]():                         true,
	reflect.TypeFor[resource.Quantity]():                            true,
	reflect.TypeFor[intstr.IntOrString]():                           true,
	reflect.TypeFor[apiextensionsv1.JSON]():                         true,
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrArray]():       true,
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrBool]():        true,
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrStringArray](): true,
}

var (
	messages  = map[string][]string{}
	marshaler = reflect.TypeFor[json.Marshaler]()
	message   = reflect.TypeFor[interface{ Unmarshal([]byte) error }]()
)

func main() {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensionsv1.AddToScheme, apiregistrationv1.AddToScheme, metav1.AddMetaToScheme,
		apidiscoveryv2.AddToScheme,
	} {
		if err := add(known); err != nil {
			log.Fatal(err)
		}
	}
	kinds := map[string]bool{}
	for gvk, typ := range known.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || !reflect.PointerTo(typ).Implements(message) {
			continue
		}
		version := gvk.GroupVersion().String()
		if strings.HasSuffix(typ.PkgPath(), "/meta/v1") && gvk.Group != metav1.GroupName {
			version = "*" // options and such belong to every version
		}
		kinds[version+" "+gvk.Kind+" "+describe(typ)] = true
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range sorted(kinds) {
		fmt.Fprintln(out, "="+line)
	}
	for _, name := range sorted(messages) {
		fmt.Fprintln(out, name)
		for _, field := range messages[name] {
			fmt.Fprintln(out, " "+field)
		}
	}
}

func sorted[T any](of map[string]T) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// describe names the message of a type and adds its fields to messages.
func describe(typ reflect.Type) string {
	parts := strings.Split(typ.PkgPath(), "/")
	name := strings.Join(parts[len(parts)-2:], "/") + "." + typ.Name()
	if _, seen := messages[name]; seen {
		return name
	}
	messages[name] = nil
	if typ.Kind() == reflect.Slice {
		// A named list is a message of its own around the items.
		messages[name] = []string{"1 Items items - []" + expression(typ.Elem())}
		return name
	}
	if layout, differs := layouts[typ]; differs {
		typ = layout
	}
	fields := map[int]string{}
	var numbers []int
	for i := range typ.NumField() {
		field := typ.Field(i)
		tag := field.Tag.Get("protobuf")
		if tag == "" {
			continue // TypeMeta, which the envelope holds, and what never leaves Go
		}
		number, err := strconv.Atoi(strings.Split(tag, ",")[1])
		if err != nil {
			log.Fatal(name, field.Name, err)
		}
		numbers = append(numbers, number)
		fields[number] = fmt.Sprintf("%d %s %s %s", number, field.Name, presence(field), expression(field.Type))
	}
	sort.Ints(numbers)
	for _, number := range numbers {
		messages[name] = append(messages[name], fields[number])
	}
	return name
}

// presence is the JSON name and when the field is left out: never -, empty ?, zero !; + for inline.
func presence(field reflect.StructField) string {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	when := "-"
	for _, option := range strings.Split(options, ",") {
		switch option {
		case "omitempty":
			if when == "-" {
				when = "?"
			}
		case "omitzero":
			when = "!"
		case "inline":
			return ". +"
		}
	}
	if name == "" {
		if field.Anonymous {
			return ". +"
		}
		name = field.Name
	}
	return name + " " + when
}

func expression(typ reflect.Type) string {
	named := typ.Name() != "" && typ.PkgPath() != ""
	if typ.Kind() != reflect.Pointer && typ.Implements(marshaler) && !formed[typ] {
		log.Fatalf("%s has a JSON form of its own", typ)
	}
	if named && typ.Kind() == reflect.Slice && reflect.PointerTo(typ).Implements(message) {
		return describe(typ)
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return "*" + expression(typ.Elem())
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + expression(typ.Elem())
	case reflect.Map:
		if typ.Key().Kind() != reflect.String {
			log.Fatalf("%s isn't keyed by strings", typ)
		}
		return "{}" + expression(typ.Elem())
	case reflect.Struct:
		return describe(typ)
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32:
		return "int32"
	case reflect.Int64:
		return "int64"
	case reflect.Float64:
		return "double"
	}
	log.Fatalf("%s has no protobuf form", typ)
	return ""
}
