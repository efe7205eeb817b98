// Writes the packages of a provider for TypeScript, Go and Python from its schema, without a language host:
// sdks SCHEMA.json FOLDER. Which languages there are, and how their files are made, is Pulumi's own code.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "dli"

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: sdks SCHEMA.json FOLDER"))
	}
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	var spec schema.PackageSpec
	fail(json.Unmarshal(text, &spec))
	pkg, diags, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	fail(err)
	if diags.HasErrors() {
		fail(diags)
	}
	// As a package that is installed from a folder: it is compiled when it is, as a published one would have been before.
	node, err := nodejs.GeneratePackage(tool, pkg, nil, nil, true, nil)
	fail(err)
	write("nodejs", node)
	py, err := python.GeneratePackage(tool, pkg, nil, nil)
	fail(err)
	write("python", py)
	golang, err := gen.GeneratePackage(tool, pkg, nil)
	fail(err)
	write("go", golang)
}

func write(language string, files map[string][]byte) {
	for name, text := range files {
		path := filepath.Join(os.Args[2], language, name)
		fail(os.MkdirAll(filepath.Dir(path), 0o755))
		fail(os.WriteFile(path, text, 0o644))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
