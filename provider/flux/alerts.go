package flux

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// AlertSpec says whom Flux tells what happens.
type AlertSpec struct {
	Type       string             `pulumi:"type"`
	Address    pulumi.StringInput `pulumi:"address,optional"`
	Token      pulumi.StringInput `pulumi:"token,optional"`
	Channel    pulumi.StringInput `pulumi:"channel,optional"`
	Username   pulumi.StringInput `pulumi:"username,optional"`
	Severity   *AlertSeverity     `pulumi:"severity,optional"`
	Exclusions []string           `pulumi:"exclusions,optional"`
}

// AlertSeverity is how bad what happens must be.
type AlertSeverity string

// The severities, as Flux calls them.
const (
	AlertSeverityInfo  AlertSeverity = "info"
	AlertSeverityError AlertSeverity = "error"
)

var _ infer.Enum[AlertSeverity] = AlertSeverity("")

// Values lists the severities.
func (AlertSeverity) Values() []infer.EnumValue[AlertSeverity] {
	return []infer.EnumValue[AlertSeverity]{
		{Name: "Info", Value: AlertSeverityInfo, Description: "Everything, such as each revision that was applied."},
		{Name: "Error", Value: AlertSeverityError, Description: "Failures only."},
	}
}

// DescribeAlerts are the words for the input alerts, of the component and of GitOpsCluster.
const DescribeAlerts = "Whom Flux tells what happens to everything it applies from the namespace `flux-system`, by a " +
	"name of your choice: lower-case letters, digits and hyphens, at most 57. After `pulumi up` a failing sync is " +
	"noticed in no other way. Default: nobody."

// alertTypes are the receivers of messages that every version of Flux from MinimumVersion on knows.
var alertTypes = []string{
	"slack", "discord", "msteams", "rocket", "generic", "generic-hmac", "github", "gitlab", "gitea", "bitbucketserver",
	"bitbucket", "azuredevops", "googlechat", "googlepubsub", "webex", "sentry", "azureeventhub", "telegram", "lark",
	"matrix", "opsgenie", "alertmanager", "grafana", "githubdispatch", "pagerduty", "datadog", "nats",
}

// Annotate describes the specification in the schema.
func (s *AlertSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Somebody whom Flux tells what happens.")
	a.Describe(&s.Type, "Who is told: `slack`, `msteams`, `discord`, `googlechat`, `webex`, `rocket`, `matrix`, `lark`, "+
		"`telegram`, `pagerduty`, `opsgenie`, `datadog`, `sentry`, `grafana`, `alertmanager`, `nats`, `googlepubsub`, "+
		"`azureeventhub`, `githubdispatch`, any URL with `generic` or `generic-hmac`, or a commit status at `github`, "+
		"`gitlab`, `gitea`, `bitbucket`, `bitbucketserver` or `azuredevops`.")
	a.Describe(&s.Address, "The URL of the service, such as a webhook; of the repository for a commit status. It often "+
		"is all that it takes to write there, so it is kept as a secret in the state, and in the cluster in a Secret. "+
		"Default: the one that Flux knows for the type, if there is one.")
	a.Describe(&s.Token, "What Flux signs in with: a token, or the key of `generic-hmac`. It is kept like the address. "+
		"Default: none.")
	a.Describe(&s.Channel, "The channel, topic or room that is written to. Default: what the address says.")
	a.Describe(&s.Username, "Who is shown as the author. Default: Flux's own name for it.")
	a.Describe(&s.Severity, "How bad it must be to be told. Default: `error`; a commit status needs `info` to become "+
		"green.")
	a.Describe(&s.Exclusions, "Regular expressions for messages that are not told. Default: none.")
}

// ValidateAlerts returns what is wrong with the alerts among the raw inputs of a component.
func ValidateAlerts(alerts map[string]AlertSpec, raw property.Map, flux FluxSpec) inputs.Violations {
	var found inputs.Violations
	const path = "alerts"
	if len(alerts) > 0 {
		flux.needNotifications(&found, path)
	}
	known := raw.Get(path)
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		alert, at := alerts[name], inputs.Key(path, name)
		// The name of the Secret has to fit into a label's length too, like all names of ours.
		for _, reason := range validation.IsDNS1123Label(alertSecret(name)) {
			found.Addf(at, "cannot name Kubernetes objects: %s", reason)
		}
		found.OneOf(inputs.Join(at, "type"), alert.Type, alertTypes...)
		if alert.Severity != nil {
			found.OneOf(inputs.Join(at, "severity"), string(*alert.Severity),
				string(AlertSeverityInfo), string(AlertSeverityError))
		}
		for i, pattern := range alert.Exclusions {
			if err := checkPattern(pattern); err != nil {
				found.Addf(inputs.Index(inputs.Join(at, "exclusions"), i), "%s", err)
			}
		}
		if _, ok := flux.Secrets[alertSecret(name)]; ok {
			found.Addf(at, "makes the Secret %s, which is among the secrets of Flux too; rename one of them", alertSecret(name))
		}
		if given := inputs.At(known, name); given.IsMap() {
			for _, field := range []string{"address", "token", "channel", "username"} {
				validateKnown(&found, at, given.AsMap(), field, checkNotEmpty)
			}
		}
	}
	// The address and the token may be secrets that nobody has marked.
	return found.Hide()
}

const notificationAlertAPIVersion = "notification.toolkit.fluxcd.io/v1beta3"

// alertSecret is what the Secret of an alert is called.
func alertSecret(name string) string { return "alert-" + name }

// alerts registers whom Flux tells what. Metadata is told with every message.
func (c children) alerts(
	alerts map[string]AlertSpec, sync *SyncSpec, metadata pulumi.StringMap,
) ([]pulumi.Resource, error) {
	var all []pulumi.Resource
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		registered, err := c.alert(name, alerts[name], sync, metadata)
		if err != nil {
			return nil, err
		}
		all = append(all, registered...)
	}
	return all, nil
}

func (c children) alert(
	name string, alert AlertSpec, sync *SyncSpec, metadata pulumi.StringMap,
) ([]pulumi.Resource, error) {
	provider := pulumi.Map{"type": pulumi.String(alert.Type)}
	put(provider, "channel", alert.Channel)
	put(provider, "username", alert.Username)
	var registered []pulumi.Resource
	secret := givenValues(map[string]pulumi.StringInput{"address": alert.Address, "token": alert.Token})
	if len(secret) > 0 {
		object, err := c.data(secretKind, c.base+"-"+alertSecret(name), alertSecret(name), "", secret)
		if err != nil {
			return nil, err
		}
		registered = append(registered, object)
		provider["secretRef"] = reference(pulumi.String(alertSecret(name)))
	}
	object, err := c.object(c.base+"-alert-"+name, notificationAlertAPIVersion, "Provider", name, provider,
		pulumi.DependsOn(registered))
	if err != nil {
		return nil, err
	}
	registered = append(registered, object)
	severity := AlertSeverityError
	if alert.Severity != nil {
		severity = *alert.Severity
	}
	spec := pulumi.Map{
		"providerRef":   reference(pulumi.String(name)),
		"eventSeverity": pulumi.String(severity),
		"eventSources":  eventSources(sync),
	}
	if len(alert.Exclusions) > 0 {
		spec["exclusionList"] = pulumi.ToStringArray(alert.Exclusions)
	}
	if len(metadata) > 0 {
		spec["eventMetadata"] = metadata
	}
	if object, err = c.object(c.base+"-alert-"+name, notificationAlertAPIVersion, "Alert", name, spec,
		pulumi.DependsOn(registered)); err != nil {
		return nil, err
	}
	return append(registered, object), nil
}

// eventSources are all objects of Flux that apply something, its own among them, and the kind of source of the sync.
func eventSources(sync *SyncSpec) pulumi.Array {
	kinds := []string{kindKustomization, kindHelmRelease, string(SyncKindOCIRepository)}
	if sync != nil && sync.kind() != SyncKindOCIRepository {
		kinds = append(kinds, string(sync.kind()))
	}
	sources := make(pulumi.Array, 0, len(kinds))
	for _, kind := range kinds {
		sources = append(sources, pulumi.Map{"kind": pulumi.String(kind), "name": pulumi.String("*")})
	}
	return sources
}
