package flux

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const secretKind, configMapKind = "Secret", "ConfigMap"

// watchLabel has Flux, from v2.7 on, look at once at what refers to an object whenever the object changes; else it
// looks at its next interval.
const watchLabel, watchEnabled = "reconcile.fluxcd.io/watch", "Enabled"

// placedObjects are in the cluster before the first sync.
type placedObjects struct {
	// variables are what the sync substitutes from.
	variables []placedVariables
	// secrets are what the source or the repository may refer to.
	secrets []pulumi.Resource
}

// placedVariables are variables for manifests in a ConfigMap or a Secret.
type placedVariables struct {
	kind   string
	values pulumi.StringMapInput
	object pulumi.Resource
}

func (p placedObjects) all() []pulumi.Resource {
	return append(p.variableObjects(), p.secrets...)
}

func (p placedObjects) variableObjects() []pulumi.Resource {
	objects := make([]pulumi.Resource, 0, len(p.variables))
	for _, variables := range p.variables {
		objects = append(objects, variables.object)
	}
	return objects
}

// placed registers the cluster variables and the Secrets that manifests in the repository refer to.
func (c children) placed(args FluxArgs) (*placedObjects, error) {
	placed := &placedObjects{}
	for _, variables := range []placedVariables{
		{kind: configMapKind, values: args.ClusterVariables},
		// After the other, because Flux lets the later one win.
		{kind: secretKind, values: args.SecretClusterVariables},
	} {
		if variables.values == nil {
			continue
		}
		object, err := c.data(variables.kind, c.base+"-"+variablesName, variablesName, "", variables.values)
		if err != nil {
			return nil, err
		}
		variables.object = object
		placed.variables = append(placed.variables, variables)
	}
	for _, name := range slices.Sorted(maps.Keys(args.Secrets)) {
		object, err := c.data(secretKind, c.base+"-"+name, name, "", args.Secrets[name])
		if err != nil {
			return nil, err
		}
		placed.secrets = append(placed.secrets, object)
	}
	return placed, nil
}

// dataObject is a ConfigMap or a Secret. It is not registered by way of the package for these kinds, which holds all
// kinds of Kubernetes and would double what the plugin weighs.
type dataObject struct {
	pulumi.CustomResourceState
}

// data registers a ConfigMap or a Secret in the namespace of Flux. What is in a Secret is a secret for Pulumi too,
// whatever the values were that it is made from: SDKs mark only whole inputs, not what is nested in them.
func (c children) data(
	kind, name, objectName, secretType string, values pulumi.StringMapInput,
) (pulumi.Resource, error) {
	properties := pulumi.Map{
		"apiVersion": pulumi.String("v1"),
		"kind":       pulumi.String(kind),
		"metadata": pulumi.Map{
			"name":      pulumi.String(objectName),
			"namespace": pulumi.String(manifests.Namespace),
			"labels":    c.labelled(map[string]string{watchLabel: watchEnabled}),
		},
		"data": values,
	}
	opts := slices.Clone(c.inCluster)
	if kind == secretKind {
		properties["data"] = secretData(values)
		if secretType != "" {
			properties["type"] = pulumi.String(secretType)
		}
		opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"data"}))
	}
	object := &dataObject{}
	if err := c.ctx.RegisterResource("kubernetes:core/v1:"+kind, name, properties, object, opts...); err != nil {
		return nil, fmt.Errorf("registering %s %s: %w", kind, objectName, err)
	}
	return object, nil
}

// secretData is what a Secret holds as Kubernetes stores it. The field stringData, which takes plain text, is one that
// the API server never gives back: what is taken out of it would stay.
func secretData(values pulumi.StringMapInput) pulumi.StringMapOutput {
	//nolint:forcetypeassert // ToSecret keeps the output's type, and the function returns a map of strings.
	return pulumi.ToSecret(values.ToStringMapOutput()).(pulumi.StringMapOutput).ApplyT(
		func(values map[string]string) map[string]string {
			encoded := make(map[string]string, len(values))
			for key, value := range values {
				encoded[key] = base64.StdEncoding.EncodeToString([]byte(value))
			}
			return encoded
		}).(pulumi.StringMapOutput)
}
