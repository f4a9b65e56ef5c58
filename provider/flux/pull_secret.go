package flux

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// FluxImagePullSecretSpec is what the nodes pull the controllers' images with.
type FluxImagePullSecretSpec struct {
	Username pulumi.StringInput `pulumi:"username"`
	Password pulumi.StringInput `pulumi:"password"`
}

const describeImagePullSecret = "What the nodes sign in with to pull the controllers' images, where the registry " +
	"does not give them to everybody. It is kept as a secret in the state, and in the cluster in the Secret `" +
	imagePullSecret + "` of the namespace `flux-system`; another password restarts nothing. Default: nothing, or what " +
	"the nodes have anyway, as for an ECR of the cluster's account."

// imagePullSecret is what the Secret is called. The installation makes it, because the namespace is not there before,
// and the controllers do not start without it.
const imagePullSecret = "flux-image-pull"

// Annotate describes the specification in the schema.
func (s *FluxImagePullSecretSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "What the nodes sign in with to a registry.")
	a.Describe(&s.Username, "The user of the registry. Read access is enough.")
	a.Describe(&s.Password, "The password or token of that user.")
}

func (s FluxSpec) validateImagePullSecret(found *inputs.Violations, path string, raw property.Map) {
	path = inputs.Join(path, "imagePullSecret")
	known := raw.Get("imagePullSecret")
	if s.ImagePullSecret == nil || !known.IsMap() {
		return
	}
	var wrong inputs.Violations
	validateKnown(&wrong, path, known.AsMap(), "username", checkNotEmpty)
	validateKnown(&wrong, path, known.AsMap(), "password", checkNotEmpty)
	if _, ok := s.Secrets[imagePullSecret]; ok {
		wrong.Addf(path, "makes the Secret %s, which is among the secrets of Flux too; rename that", imagePullSecret)
	}
	*found = append(*found, wrong.Hide()...)
}

// pullsImages tells whether the nodes sign in to pull the images.
func (a FluxInstallArgs) pullsImages() bool { return stringOr(a.ImagePullUsername, "") != "" }

// placeImagePullSecret puts the Secret into the namespace, which is there, or takes away one that is no longer wanted.
func placeImagePullSecret(ctx context.Context, cluster client.Client, args FluxInstallArgs) error {
	secret := kube.Object("v1", secretKind, manifests.Namespace, imagePullSecret)
	if !args.pullsImages() {
		if err := ignoreGone(cluster.Delete(ctx, secret)); err != nil {
			return fmt.Errorf("deleting the Secret %s: %w", imagePullSecret, err)
		}
		return nil
	}
	registry := stringOr(args.Registry, manifests.DefaultRegistry)
	config, err := dockerConfig("oci://"+registry, *args.ImagePullUsername, stringOr(args.ImagePullPassword, ""))
	if err != nil {
		return err
	}
	secret.SetLabels(map[string]string{manifests.PartOfLabel: manifests.PartOf})
	secret.Object["type"] = dockerConfigType
	secret.Object["data"] = map[string]any{dockerConfigKey: base64.StdEncoding.EncodeToString([]byte(config))}
	err = cluster.Apply(ctx, client.ApplyConfigurationFromUnstructured(secret),
		client.FieldOwner(markFieldManager), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("applying the Secret %s: %w", imagePullSecret, err)
	}
	return nil
}

// renewImagePullSecret does so on a cluster on which Flux is installed.
func renewImagePullSecret(ctx context.Context, state FluxInstallState) error {
	cluster, err := state.reach(ctx, "renewing what Flux's images are pulled with")
	if err != nil {
		return err
	}
	return placeImagePullSecret(ctx, cluster, state.FluxInstallArgs)
}

// sameImagePull tells whether the images are pulled with the same as before.
func (a FluxInstallArgs) sameImagePull(before FluxInstallArgs) bool {
	return equal(a.ImagePullUsername, before.ImagePullUsername) &&
		equal(a.ImagePullPassword, before.ImagePullPassword) &&
		(!a.pullsImages() || equal(a.Registry, before.Registry))
}
