// Client-go and controller-runtime, unchanged, against the server that KUBECONFIG names.
//
//	clients NAMESPACE SCENARIO...
//
// runs the scenarios one after the other in a namespace that is there, and says which went well.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// limit is how long anything may take that happens in the end.
const limit = 60 * time.Second

// world is what a scenario works on.
type world struct {
	config    *rest.Config
	client    kubernetes.Interface
	namespace string
}

var scenarios = map[string]func(context.Context, world) error{
	"typed":    typed,
	"pages":    pages,
	"patches":  patches,
	"apply":    apply,
	"informer": informer,
	"metadata": metadataInformer,
	"election": election,
	"manager":  manager,
}

func main() {
	if len(os.Args) < 3 {
		fatal(fmt.Errorf("usage: clients NAMESPACE SCENARIO..."))
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	fatal(err)
	config.QPS, config.Burst = 1000, 1000
	// As controller-runtime and kubectl create: protobuf both ways where the kind has it.
	binary := rest.CopyConfig(config)
	binary.ContentType = "application/vnd.kubernetes.protobuf"
	binary.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := kubernetes.NewForConfig(binary)
	fatal(err)
	failed := false
	for _, name := range os.Args[2:] {
		scenario, known := scenarios[name]
		if !known {
			fatal(fmt.Errorf("no scenario %q", name))
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		err := scenario(ctx, world{binary, client, os.Args[1]})
		cancel()
		if err != nil {
			failed = true
			fmt.Printf("%s: FAILED: %v\n", name, err)
		} else {
			fmt.Printf("%s: ok\n", name)
		}
	}
	if failed {
		os.Exit(1)
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// expect is an error unless what should hold does.
func expect(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// first is the first of the errors that is one.
func first(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}
