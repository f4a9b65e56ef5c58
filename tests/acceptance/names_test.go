//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// schemaOf is what matters here of a plugin's schema.
type schemaOf struct {
	Resources map[string]struct {
		InputProperties, Properties map[string]property
	}
	Functions map[string]struct{ Inputs, Outputs object }
	Types     map[string]object
}

type object struct{ Properties map[string]property }

type property struct {
	Type  string
	Ref   string `json:"$ref"`
	Items *property
}

// gone are the properties of pulumi-aws v6 that the provider has no more, a major version later.
var gone = map[string]string{
	"aws:ec2/flowLog:FlowLog < logGroupName":                              "logDestination says it",
	"aws:ec2/flowLog:FlowLog > logGroupName":                              "logDestination says it",
	"aws:ec2/eip:Eip < vpc":                                               "domain says it",
	"aws:ec2/eip:Eip > vpc":                                               "domain says it",
	"aws:ec2/launchTemplate:LaunchTemplate < elasticGpuSpecifications":    "AWS has ended the service",
	"aws:ec2/launchTemplate:LaunchTemplate > elasticGpuSpecifications":    "AWS has ended the service",
	"aws:ec2/launchTemplate:LaunchTemplate < elasticInferenceAccelerator": "AWS has ended the service",
	"aws:ec2/launchTemplate:LaunchTemplate > elasticInferenceAccelerator": "AWS has ended the service",
	"aws:eks/addon:Addon < resolveConflicts":                              "resolveConflictsOnCreate and OnUpdate say it",
	"aws:eks/addon:Addon > resolveConflicts":                              "resolveConflictsOnCreate and OnUpdate say it",
	"aws:eks/cluster:Cluster < defaultAddonsToRemoves":                    "pulumi-aws patches the provider for it",
	"aws:eks/cluster:Cluster > defaultAddonsToRemoves":                    "pulumi-aws patches the provider for it",
	"aws:eks/cluster:Cluster > certificateAuthority":                      "the plugin adds it to what the schema names",
}

// TestNames compares the names and shapes of the witness with those of the SDK of pulumi-aws: programs written for the
// one must mean the same on the other.
func TestNames(t *testing.T) {
	witness := ask(t, start(t, localcloud.Moto))
	response, err := witness.GetSchema(t.Context(), &rpc.GetSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var schema schemaOf
	if err := json.Unmarshal([]byte(response.GetSchema()), &schema); err != nil {
		t.Fatal(err)
	}
	c := comparer{schema: schema, found: map[string]string{}}
	for token, known := range catalog.Resources() {
		served, ok := schema.Resources[token]
		if !ok {
			t.Errorf("the witness does not serve %s", token)
			continue
		}
		c.object(token+" <", known.Inputs, served.InputProperties)
		c.object(token+" >", known.Outputs, served.Properties)
	}
	for token, known := range catalog.Functions() {
		served, ok := schema.Functions[token]
		if !ok {
			t.Errorf("the witness does not serve %s", token)
			continue
		}
		if known.Inputs != nil {
			c.object(token+" <", known.Inputs, served.Inputs.Properties)
		}
		c.object(token+" >", known.Outputs, served.Outputs.Properties)
	}
	for _, where := range slices.Sorted(maps.Keys(c.found)) {
		if gone[where] == "" {
			t.Errorf("%s: %s", where, c.found[where])
		}
	}
	for where := range gone {
		if c.found[where] == "" {
			t.Errorf("%s is said to be gone, and is there", where)
		}
	}
}

// comparer collects what differs, by place.
type comparer struct {
	schema schemaOf
	found  map[string]string
}

func (c comparer) object(where string, known reflect.Type, served map[string]property) {
	for field := range known.Fields() {
		name := field.Tag.Get("pulumi")
		if name == "" || name == "id" {
			continue
		}
		place := where + " " + name
		if strings.Contains(where, ".") || strings.Contains(where, "< ") || strings.Contains(where, "> ") {
			place = where + "." + name
		}
		there, ok := served[name]
		if !ok {
			c.found[place] = fmt.Sprintf("the witness has no such property, but %v", slices.Sorted(maps.Keys(served)))
			continue
		}
		c.shape(place, plain(field.Type), there)
	}
}

// plain is what an output or a pointer of the SDK's stands for.
func plain(t reflect.Type) reflect.Type {
	if output, ok := reflect.Zero(t).Interface().(interface{ ElementType() reflect.Type }); ok {
		t = output.ElementType()
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func (c comparer) shape(where string, known reflect.Type, there property) {
	switch known.Kind() {
	case reflect.Slice:
		if there.Type != "array" || there.Items == nil {
			c.found[where] = "the witness has no list here"
			return
		}
		c.shape(where, plain(known.Elem()), *there.Items)
	case reflect.Struct:
		name, ok := strings.CutPrefix(there.Ref, "#/types/")
		if !ok {
			c.found[where] = "the witness has no object here, but " + there.Type
			return
		}
		c.object(where, known, c.schema.Types[name].Properties)
	case reflect.Interface:
	default:
		kind := map[reflect.Kind]string{
			reflect.Bool: "boolean", reflect.Int: "integer", reflect.Float64: "number", reflect.String: "string",
			reflect.Map: "object",
		}[known.Kind()]
		// Terraform's protocol knows numbers only.
		if kind == "integer" && there.Type == "number" {
			return
		}
		if kind != there.Type && there.Ref == "" {
			c.found[where] = fmt.Sprintf("the SDK has %v here, the witness %s", known, there.Type)
		}
	}
}
