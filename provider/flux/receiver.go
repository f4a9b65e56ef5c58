package flux

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// ReceiverSpec is a webhook that has Flux fetch the sync's source at once.
type ReceiverSpec struct {
	Type   string             `pulumi:"type"`
	Events []string           `pulumi:"events,optional"`
	Token  pulumi.StringInput `pulumi:"token"`
}

// The same words for the component and for GitOpsCluster.
const (
	DescribeReceiver = "A webhook with which the repository tells Flux that there is something new, so that Flux does " +
		"not have to wait for its interval. Default: none. The output receiverWebhookPath is the path; the Service " +
		"`webhook-receiver` in the namespace `flux-system` serves it in the cluster, and something of yours, such as an " +
		"Ingress in the repository, has to make that reachable."
	DescribeReceiverWebhookPath = "The path at which the webhook of the input receiver is served, such as `/hook/` and " +
		"64 hexadecimal digits; empty without one. It is a secret: for some types it is all that a caller needs to know."
)

// receiverToken is what the Secret with the receiver's token is called, and how the name of its resource ends.
const receiverToken = "receiver-token"

// receiverTypes are the senders that every version of Flux from MinimumVersion on knows.
var receiverTypes = []string{
	"generic", "generic-hmac", "github", "gitlab", "bitbucket", "harbor", "dockerhub", "quay", "gcr", "nexus", "acr",
	"cdevents",
}

// Annotate describes the specification in the schema.
func (s *ReceiverSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A webhook that has Flux fetch the source of the sync at once.")
	a.Describe(&s.Type, "Who calls: `github`, `gitlab`, `bitbucket`, `harbor`, `dockerhub`, `quay`, `gcr`, `nexus`, "+
		"`acr`, `cdevents`, `generic-hmac` (any caller that signs with the token) or `generic` (any caller that knows the "+
		"path).")
	a.Describe(&s.Events, "The events that count, as the caller calls them, such as `push`. For `github`, `gitlab`, "+
		"`bitbucket`, `nexus` and `cdevents`. Default: all.")
	a.Describe(&s.Token, "What the caller proves itself with, a long random text, such as the result of a "+
		"RandomPassword. Give the caller the same. It is kept as a secret in the state, and in the cluster in a Secret. A "+
		"new one changes the path.")
}

// ValidateReceiver returns what is wrong with the receiver among the raw inputs of a component.
func ValidateReceiver(receiver *ReceiverSpec, sync *SyncSpec, raw property.Map, flux FluxSpec) inputs.Violations {
	var found inputs.Violations
	const path = "receiver"
	if receiver == nil {
		return nil
	}
	found.OneOf(inputs.Join(path, "type"), receiver.Type, receiverTypes...)
	if sync == nil {
		found.Addf(path, "needs a sync, whose source it has fetched; give sync, or leave it out")
	}
	flux.needNotifications(&found, path)
	if known := raw.Get(path); known.IsMap() {
		validateKnown(&found, path, known.AsMap(), "token", checkNotEmpty)
	}
	if _, ok := flux.Secrets[receiverToken]; ok {
		found.Addf(path, "makes the Secret %s, which is among the secrets of Flux too; rename that", receiverToken)
	}
	return found.Hide()
}

// needNotifications refuses what needs the controller that speaks to others.
func (s FluxSpec) needNotifications(found *inputs.Violations, path string) {
	if !slices.Contains(s.components(), manifests.NotificationController) {
		found.Addf(path, "needs %s; add it to the components of Flux, or leave this out", manifests.NotificationController)
	}
}

const notificationReceiverAPIVersion = "notification.toolkit.fluxcd.io/v1"

// receiver registers the webhook of a sync, and returns its path too.
func (c children) receiver(receiver ReceiverSpec, sync SyncSpec) ([]pulumi.Resource, pulumi.StringOutput, error) {
	token := secretString(receiver.Token)
	path := token.ApplyT(func(token string) string {
		return webhookPath(token, sync.name())
	}).(pulumi.StringOutput) //nolint:forcetypeassert // the function returns a string.
	secret, err := c.data(secretKind, c.base+"-"+receiverToken, receiverToken, "", pulumi.StringMap{"token": token})
	if err != nil {
		return nil, path, err
	}
	spec := pulumi.Map{
		"type":      pulumi.String(receiver.Type),
		"secretRef": reference(pulumi.String(receiverToken)),
		"resources": pulumi.Array{pulumi.Map{
			"apiVersion": pulumi.String(sourceAPIVersion),
			"kind":       pulumi.String(sync.kind()),
			"name":       pulumi.String(sync.name()),
		}},
	}
	if len(receiver.Events) > 0 {
		spec["events"] = pulumi.ToStringArray(receiver.Events)
	}
	// Without its Secret it would fail first, and be tried again only after a while.
	object, err := c.object(c.base+"-receiver", notificationReceiverAPIVersion, "Receiver", sync.name(), spec,
		pulumi.DependsOn([]pulumi.Resource{secret}))
	if err != nil {
		return nil, path, err
	}
	return []pulumi.Resource{secret, object}, path, nil
}

// webhookPath is where Flux serves a Receiver, as its documentation says. It is computed and not read from the object,
// so that a webhook at the repository's host can be made in the same run, and be seen in a preview.
func webhookPath(token, name string) string {
	return fmt.Sprintf("/hook/%x", sha256.Sum256([]byte(token+name+manifests.Namespace)))
}
