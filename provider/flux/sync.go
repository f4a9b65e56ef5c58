package flux

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// syncObjects are the objects with which Flux syncs the user's repository.
type syncObjects struct {
	all []pulumi.Resource
	// digest changes whenever one of them does.
	digest pulumi.StringOutput
}

// sync registers the source and its Kustomizations, which apply with the given service account if they are to have one.
func (c children) sync(sync SyncSpec, placed placedObjects, account string) (*syncObjects, error) {
	said := pulumi.Array{}
	objects := &syncObjects{}
	// What each of them reads must be there when Flux first looks: it would try again, but later and later.
	sourceReads, kustomizationReads := slices.Clone(placed.secrets), placed.variableObjects()
	for _, secret := range sync.secrets() {
		object, err := c.data(secretKind, c.base+"-"+secret.child, secret.name, secret.secretType, secret.values)
		if err != nil {
			return nil, err
		}
		if secret.name == sync.decryptionName() {
			kustomizationReads = append(kustomizationReads, object)
		} else {
			sourceReads = append(sourceReads, object)
		}
		objects.all = append(objects.all, object)
		said = append(said, secretData(secret.values))
	}
	sourceSpec := sync.source()
	source, err := c.object(c.base+"-sync", sourceAPIVersion, string(sync.kind()), sync.name(), sourceSpec,
		pulumi.DependsOn(sourceReads))
	if err != nil {
		return nil, err
	}
	objects.all = append(objects.all, source)
	said = append(said, sourceSpec)
	kustomizationReads = append(kustomizationReads, source)
	for _, part := range sync.parts() {
		spec := sync.kustomization(placed.variables)
		part.spec.addTo(spec)
		if account != "" {
			spec["serviceAccountName"] = pulumi.String(account)
		}
		// Not one after the other: Flux keeps the order, and `pulumi up` ends where it would have to wait.
		kustomization, err := c.object(c.base+"-"+part.child, kustomizeAPIVersion, kindKustomization, part.name, spec,
			pulumi.DependsOn(kustomizationReads))
		if err != nil {
			return nil, err
		}
		objects.all = append(objects.all, kustomization)
		said = append(said, spec)
		if len(sync.Kustomizations) > 0 {
			said = append(said, pulumi.String(part.name))
		}
	}
	for _, variables := range placed.variables {
		said = append(said, variables.values)
	}
	objects.digest = pulumi.JSONMarshal(said).ApplyT(func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}).(pulumi.StringOutput) //nolint:forcetypeassert // the function returns a string.
	return objects, nil
}

func (s SyncSpec) kustomization(variables []placedVariables) pulumi.Map {
	spec := pulumi.Map{
		"interval":      inputOr(s.Interval, defaultSyncInterval),
		"retryInterval": inputOr(s.RetryInterval, defaultRetryInterval),
		"timeout":       inputOr(s.Timeout, defaultSyncTimeout),
		"path":          inputOr(s.Path, defaultSyncPath),
		"sourceRef": pulumi.Map{
			"kind": pulumi.String(s.kind()),
			"name": pulumi.String(s.name()),
		},
		"prune": boolOr(s.Prune, true),
		"wait":  boolOr(s.Wait, true),
		// Whoever deletes this object waits until what it has applied is gone.
		"deletionPolicy": pulumi.String("WaitForTermination"),
	}
	postBuild := pulumi.Map{}
	if s.Substitute != nil {
		postBuild["substitute"] = s.Substitute
	}
	if len(variables) > 0 {
		from := make(pulumi.Array, 0, len(variables))
		for _, variables := range variables {
			from = append(from, pulumi.Map{
				"kind": pulumi.String(variables.kind), "name": pulumi.String(variablesName),
			})
		}
		postBuild["substituteFrom"] = from
	}
	if len(postBuild) > 0 {
		spec["postBuild"] = postBuild
	}
	if s.Decryption != nil {
		decryption := pulumi.Map{"provider": pulumi.String(SyncDecryptionProviderSops)}
		switch {
		case s.Decryption.ExistingSecretName != nil:
			decryption["secretRef"] = reference(s.Decryption.ExistingSecretName)
		case s.Decryption.AgeKey != nil:
			decryption["secretRef"] = reference(pulumi.String(s.decryptionName()))
		}
		spec["decryption"] = decryption
	}
	return spec
}

// reference names a Secret.
func reference(name pulumi.StringInput) pulumi.Map {
	return pulumi.Map{"name": name}
}
