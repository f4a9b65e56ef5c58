package plugin

import (
	"encoding/json"
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
)

// schema is what a program in YAML needs to make a provider: its inputs that are texts, such as the region. Programs in
// other languages bring the SDK's own schema.
func schema() string {
	inputs := map[string]any{}
	for field := range (aws.ProviderArgs{}).ElementType().Fields() {
		t := field.Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if name := field.Tag.Get("pulumi"); name != "" && t.Kind() == reflect.String {
			inputs[name] = map[string]any{"type": "string"}
		}
	}
	// Nothing in it can fail to be encoded.
	encoded, _ := json.Marshal(map[string]any{
		"name": Name, "version": Version, "provider": map[string]any{"inputProperties": inputs},
	})
	return string(encoded)
}
