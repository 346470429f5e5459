package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"
)

// What becomes of an object: what the decoder refuses, or what a strict one complains about and
// what the encoder writes.
type answer struct {
	Error  string   `json:"error,omitempty"`
	Strict []string `json:"strict,omitzero"`
	Object any      `json:"object,omitempty"`
}

// Reads lines of version, kind and JSON, and writes an answer a line.
func decode(kinds *runtime.Scheme) {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			break
		}
		words := strings.SplitN(line, " ", 3)
		if len(words) < 3 {
			fail("not version, kind and JSON: %s", line)
		}
		version, err := schema.ParseGroupVersion(words[0])
		if err != nil {
			fail("%v", err)
		}
		object, err := kinds.New(version.WithKind(words[1]))
		if err != nil {
			fail("%v", err)
		}
		said := answer{Strict: []string{}, Object: object}
		strict, err := kjson.UnmarshalStrict([]byte(words[2]), object)
		for _, one := range strict {
			said.Strict = append(said.Strict, one.Error())
		}
		if err != nil {
			said = answer{Error: err.Error()}
		}
		if err := encoder.Encode(said); err != nil {
			fail("%v", err)
		}
	}
	if err := out.Flush(); err != nil {
		fail("%v", err)
	}
}
