// Prints the Go types behind the kinds of Kubernetes, for `cargo xtask builtin`: a line a type.
// With the argument `decode` it shows what they make of objects: see decode.go.
//
//	a kind:    group/version/Kind = type
//	a struct:  type [<]name[?][~]:type[;patch=strategies][;key=name] ...
//	the rest:  type = underlying type
//
// `<` marks a struct that is spread into the one around it, `?` omitempty, `~` omitzero. Types that
// read and write JSON in their own way have no line: the reader knows them by name.
package main

import (
	"bufio"
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

var (
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
	marshaler   = reflect.TypeFor[json.Marshaler]()
	textual     = reflect.TypeFor[encoding.TextUnmarshaler]()
	lines       = map[string]string{}
)

func main() {
	kinds := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		if err := add(kinds); err != nil {
			fail("%v", err)
		}
	}
	if len(os.Args) == 2 && os.Args[1] == "decode" {
		decode(kinds)
		return
	}
	table(kinds)
}

func table(kinds *runtime.Scheme) {
	for kind, of := range kinds.AllKnownTypes() {
		if kind.Version == runtime.APIVersionInternal || skipped(kind, of) {
			continue
		}
		key := kind.GroupVersion().String() + "/" + kind.Kind
		lines[key] = key + " = " + name(of)
	}
	out := bufio.NewWriter(os.Stdout)
	keys := make([]string, 0, len(lines))
	for key, line := range lines {
		if line != "" {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		fmt.Fprintln(out, lines[key])
	}
	if err := out.Flush(); err != nil {
		fail("%v", err)
	}
}

// The kinds of apimachinery that are in every group: options and watch events.
func skipped(kind schema.GroupVersionKind, of reflect.Type) bool {
	return strings.HasPrefix(of.PkgPath(), "k8s.io/apimachinery/") && kind.Group+kind.Version != "v1"
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// Go's notation, with the last parts of a package's path.
func name(t reflect.Type) string {
	if t.Name() != "" && t.PkgPath() != "" {
		visit(t)
		return short(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + name(t.Elem())
	case reflect.Slice:
		return "[]" + name(t.Elem())
	case reflect.Map:
		return "map[" + name(t.Key()) + "]" + name(t.Elem())
	}
	return t.String()
}

func short(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/") + "." + t.Name()
}

func visit(t reflect.Type) {
	key := short(t)
	if _, done := lines[key]; done {
		return
	}
	lines[key] = "" // Types may contain themselves.
	pointer := reflect.PointerTo(t)
	own := pointer.Implements(unmarshaler)
	switch {
	case own != pointer.Implements(marshaler), !own && pointer.Implements(textual):
		fail("%s reads and writes JSON in different ways", t)
	case own:
	case t.Kind() == reflect.Struct:
		words := []string{key}
		for i := range t.NumField() {
			if word := field(t, t.Field(i)); word != "" {
				words = append(words, word)
			}
		}
		lines[key] = strings.Join(words, " ")
	case t.Kind() == reflect.Map:
		lines[key] = key + " = map[" + name(t.Key()) + "]" + name(t.Elem())
	case t.Kind() == reflect.Slice:
		lines[key] = key + " = []" + name(t.Elem())
	default:
		lines[key] = key + " = " + t.Kind().String()
	}
}

func field(t reflect.Type, f reflect.StructField) string {
	tag := f.Tag.Get("json")
	if !f.IsExported() || tag == "-" {
		return ""
	}
	parts := strings.Split(tag, ",")
	word := parts[0]
	inline := f.Anonymous && word == ""
	if word == "" {
		word = f.Name
	}
	if inline {
		word = "<" + word
	}
	for _, option := range parts[1:] {
		switch option {
		case "omitempty":
			word += "?"
		case "omitzero":
			word += "~"
		case "inline", "":
		default:
			fail("%s.%s: option %s", t, f.Name, option)
		}
	}
	word += ":" + name(f.Type)
	if strategy := f.Tag.Get("patchStrategy"); strategy != "" {
		word += ";patch=" + strategy
	}
	if key := f.Tag.Get("patchMergeKey"); key != "" {
		word += ";key=" + key
	}
	return word
}
