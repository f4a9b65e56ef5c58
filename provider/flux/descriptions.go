package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"
)

// The same words for the inputs of the component and for those that GitOpsCluster nests.
const (
	describeVersion = "The version of Flux, as its releases are tagged: `vMAJOR.MINOR.PATCH`, at least `" +
		MinimumVersion + "`. Default: `" + DefaultVersion + "`; the default's minor changes only in a major release of " +
		"this package. A later version upgrades Flux in place; an earlier minor version is refused."
	describeInterval = "How often Flux compares itself with its artifact and puts back what differs, as a duration such " +
		"as `10m`, at least `5s`. Default: `" + defaultInterval + "`."
	describeComponents = "The controllers to install. `source-controller` and `kustomize-controller` must be among " +
		"them. Default: `source-controller`, `kustomize-controller`, `helm-controller`, `notification-controller`. There " +
		"are also `image-reflector-controller`, `image-automation-controller` and `source-watcher`. Leaving one out later " +
		"removes the controller and keeps its kinds of objects."
	describeArtifact = "Where Flux's manifests come from. Default: the artifact that the Flux project publishes, by " +
		"the tag of the version."
	describeImages = "The container images that the installed components of Flux run, sorted; copy them into a mirror " +
		"for nodes that do not reach the internet."
	describeSecrets = "Secrets that are placed in the namespace `flux-system` before the first sync, by name, each with " +
		"its keys and values: an age key, a registry's credentials, values for a Helm release. They are of the type " +
		"Opaque, and kept as secrets in the state. What is synced may refer to them and must not hold them, or both would " +
		"write them. Default: none."
	describeManagement = "Who keeps Flux as this program says: `Flux` itself, which reads its artifact again and again " +
		"and puts back what was changed by hand, or `Pulumi`, which changes it in `pulumi up` and at no other time. It can " +
		"be changed both ways, and restarts nothing. Default: `Flux`."
	describeMultitenancy = "Keeps tenants apart who share the cluster: what they hand to Flux applies with a service " +
		"account of their own namespace and refers to nothing outside of it. What this program syncs may do everything all " +
		"the same. Default: not kept apart; whoever may make a Kustomization is administrator of the cluster."
	describeAdopt = "Whether a Flux that is on the cluster already is taken over, with its objects and what it has " +
		"applied: one that `flux install`, Helm or another stack has installed. It belongs to this program from then on, " +
		"and goes with it. One that `flux bootstrap` keeps in a repository is refused, because both would write the same. " +
		"Default: false; a cluster with a Flux is refused."
	describeSync = "The repository that Flux syncs into the cluster. Default: none; Flux is installed and waits for " +
		"sources that somebody else gives it. Taking it away removes from the cluster what it has applied."
)

const describeTeardown = "How what Flux has applied is removed when this resource is destroyed. Default: Flux " +
	"removes it within 30 minutes, and the destroy fails if Flux does not work."

// Annotate describes the component in the schema.
func (f *Flux) Annotate(a infer.Annotator) {
	a.Describe(&f, "Flux on any Kubernetes cluster, given a kubeconfig: installed from its own OCI artifact, managing "+
		"itself from then on, and syncing a repository. Changing the version upgrades it. Destroying it first has Flux "+
		"remove what it has applied, then uninstalls Flux and touches nothing else in the cluster.")
	a.Describe(&f.FluxVersion, "The version of Flux.")
	a.Describe(&f.FluxArtifactDigest, "The digest of the artifact that Flux was installed from: `sha256:` and 64 "+
		"hexadecimal digits.")
	a.Describe(&f.FluxImages, describeImages)
	a.Describe(&f.FluxNamespace, "The namespace of Flux: `flux-system`.")
	a.Describe(&f.SyncName, "The name of the sync's source and Kustomization in the cluster; empty without a sync.")
	a.Describe(&f.SyncRevision, "The revision that Flux had applied when the sync was last waited for, such as "+
		"`main@sha1:` and a commit. It does not follow later commits. Empty without a sync, or if nobody waits for it.")
	a.Describe(&f.ReceiverWebhookPath, DescribeReceiverWebhookPath)
}

// Annotate describes the inputs in the schema.
func (f *FluxArgs) Annotate(a infer.Annotator) {
	a.Describe(&f.Kubeconfig, "A kubeconfig as YAML or JSON text, with a current context whose user may do everything in "+
		"the cluster. It is kept as a secret in the state, because the destroy needs it. It may change at any time, as "+
		"long as it leads to the same cluster.")
	a.Describe(&f.ClusterIdentity, "Something that is new for every cluster and never changes for one, such as the URL "+
		"of its OIDC issuer. When it changes, the cluster is taken for a new one and everything in it is made again. It "+
		"counts only if it is given from the beginning. Default: none; a cluster that is replaced under the same "+
		"kubeconfig is noticed at the next refresh.")
	a.Describe(&f.Version, describeVersion)
	a.Describe(&f.Interval, describeInterval)
	a.Describe(&f.Components, describeComponents)
	a.Describe(&f.Artifact, describeArtifact)
	a.Describe(&f.Registry, describeRegistry)
	a.Describe(&f.NetworkPolicy, describeNetworkPolicy)
	a.Describe(&f.Tolerations, describeTolerations)
	a.Describe(&f.Patches, describePatches)
	a.Describe(&f.Labels, describeLabels)
	a.Describe(&f.Size, describeSize)
	a.Describe(&f.ImagePullSecret, describeImagePullSecret)
	a.Describe(&f.Management, describeManagement)
	a.Describe(&f.Multitenancy, describeMultitenancy)
	a.Describe(&f.Adopt, describeAdopt)
	a.Describe(&f.Secrets, describeSecrets)
	a.Describe(&f.Sync, describeSync)
	a.Describe(&f.ClusterVariables, "Values for `${NAME}` in what is synced, by name: letters, digits and underscores, "+
		"no digit first; values of one line. They are in the ConfigMap `cluster-variables` in the namespace `flux-system`, "+
		"which Kustomizations in the repository can refer to as well. A secret is refused. Default: none.")
	a.Describe(&f.SecretClusterVariables, "The same for values that are secret: they are in a Secret of the same name, "+
		"and win over clusterVariables. What the repository puts them into decides who can read them. Default: none.")
	a.Describe(&f.Receiver, DescribeReceiver)
	a.Describe(&f.Alerts, DescribeAlerts)
	a.Describe(&f.Teardown, describeTeardown)
}

// Annotate describes the specification in the schema.
func (s *FluxSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Which Flux is installed, and how.")
	a.Describe(&s.Version, describeVersion)
	a.Describe(&s.Interval, describeInterval)
	a.Describe(&s.Components, describeComponents)
	a.Describe(&s.Artifact, describeArtifact)
	a.Describe(&s.Registry, describeRegistry)
	a.Describe(&s.NetworkPolicy, describeNetworkPolicy)
	a.Describe(&s.Tolerations, describeTolerations)
	a.Describe(&s.Patches, describePatches)
	a.Describe(&s.Labels, describeLabels)
	a.Describe(&s.Size, describeSize)
	a.Describe(&s.ImagePullSecret, describeImagePullSecret)
	a.Describe(&s.Management, describeManagement)
	a.Describe(&s.Multitenancy, describeMultitenancy)
	a.Describe(&s.Adopt, describeAdopt)
	a.Describe(&s.Secrets, describeSecrets)
}

// Annotate describes the specification in the schema.
func (s *FluxArtifactSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Where Flux's manifests come from.")
	a.Describe(&s.URL, "The OCI repository of the artifact, without a tag: `oci://HOST/PATH`, such as a mirror. Both "+
		"this program and the cluster read it. Default: `"+OfficialArtifact+"`. What other repositories hold is not "+
		"verified unless `verify` is given; `verify: {}` asks for the same signature there.")
	a.Describe(&s.Digest, "The digest that the artifact must have: `sha256:` and 64 hexadecimal digits. Default: what "+
		"the tag of the version stands for when the program runs. Give it together with the version to pin both; Flux in "+
		"the cluster then stays at it too, as it does at one that was verified.")
	a.Describe(&s.Insecure, "Whether the registry may be spoken to in plain HTTP. Default: false.")
	a.Describe(&s.CaCertificate, "The certificates of the authorities that vouch for the registry, in PEM. Default: "+
		"those that the machine knows, and those that the controllers' images hold.")
	a.Describe(&s.Auth, "Who reads the registry. Default: nobody in the cluster, and whoever the Docker configuration of "+
		"this machine says (`docker login`, credential helpers), which the cluster does not see. For a private registry in "+
		"ECR it is whoever the program `aws` signs in as, and in the cluster the identity that source-controller has in "+
		"AWS: give it one with workloadIdentities that may read the registry.")
	a.Describe(&s.Verify, "Whose signature the artifact must carry. Default: that of the workflow that releases Flux, "+
		"for the repositories to which it publishes; nobody's for others.")
}

const (
	probeCommandDescription = "The command that tells whether the cluster still exists: a program and its arguments. " +
		"It is run when the cluster does not answer. Default: none; a cluster that does not answer is then never taken " +
		"for gone."
	probeEvidenceDescription = "The words in the output of probeCommand, if it fails, that prove that the cluster is " +
		"gone. Default: none."
)

// Annotate describes the resource in the schema.
func (f *FluxInstall) Annotate(a infer.Annotator) {
	a.Describe(&f, "Flux, seeded once from its OCI artifact; from then on it manages itself. Made by the component "+
		"Flux. Deleting it uninstalls Flux and leaves what Flux has applied.")
}

// Annotate describes the inputs in the schema.
func (f *FluxInstallArgs) Annotate(a infer.Annotator) {
	a.Describe(&f.Kubeconfig, "A kubeconfig as YAML or JSON text. A change is only recorded.")
	a.Describe(&f.ClusterIdentity, "What tells one cluster from another. A change replaces the resource, if the identity "+
		"was given when it was made. Default: none; no change replaces it.")
	a.Describe(&f.FluxVersion, "The version of Flux, such as `"+DefaultVersion+"`. A change is only prepared, because "+
		"Flux upgrades itself, unless `managed` is true; an earlier minor version is refused.")
	a.Describe(&f.URL, "The OCI repository of the artifact: `oci://HOST/PATH`.")
	a.Describe(&f.Digest, "The digest of the artifact: `sha256:` and 64 hexadecimal digits.")
	a.Describe(&f.Insecure, "Whether the registry may be spoken to in plain HTTP. Default: false.")
	a.Describe(&f.CaCertificate, "The certificates of the authorities that vouch for the registry, in PEM. Default: "+
		"those that the machine knows.")
	a.Describe(&f.Username, "Who reads the registry. Default: whoever the Docker configuration says.")
	a.Describe(&f.Password, "The password of that user. It is kept as a secret. Default: none.")
	a.Describe(&f.Components, "The controllers to install.")
	a.Describe(&f.Registry, "Where the controllers' images are instead. Default: where the artifact says.")
	a.Describe(&f.NetworkPolicy, "Whether Flux's network policies are installed. Default: true.")
	a.Describe(&f.Tolerations, "The taints that Flux's pods bear. Default: none.")
	a.Describe(&f.Patches, "Changes of Flux's own manifests. Default: none.")
	a.Describe(&f.Labels, "Labels for Flux's objects. Default: none.")
	a.Describe(&f.Size, "How much Flux does at a time. Default: `Small`.")
	a.Describe(&f.ImagePullUsername, "Who pulls the controllers' images. Default: whoever the nodes are.")
	a.Describe(&f.ImagePullPassword, "The password of that user. It is kept as a secret. Default: none.")
	a.Describe(&f.Managed, "Whether an update changes Flux on the cluster. Default: false; Flux changes itself.")
	a.Describe(&f.TenantServiceAccount, "The service account with which Kustomizations and HelmReleases apply that name "+
		"none. Default: none; tenants are not kept apart.")
	a.Describe(&f.Adopt, "Whether a Flux that is on the cluster already is taken over. Default: false; it is refused.")
	a.Describe(&f.ProbeCommand, probeCommandDescription)
	a.Describe(&f.ProbeEvidence, probeEvidenceDescription)
	a.Describe(&f.Owner, "Who installs Flux: `PROJECT/STACK/NAME`. It is written on the namespace, so that another "+
		"program does not take the installation for its own.")
}

// Annotate describes the outputs in the schema.
func (f *FluxInstallState) Annotate(a infer.Annotator) {
	a.Describe(&f.ClusterUID, "The uid of the namespace kube-system, by which the cluster is known again.")
	a.Describe(&f.InstalledVersion, "The version that was seeded; empty while the installation is only half made.")
}

// Annotate describes the resource in the schema.
func (g *GitOpsTeardown) Annotate(a infer.Annotator) {
	a.Describe(&g, "The last resource to come and the first to go. Deleting it has Flux remove what Flux has applied, "+
		"while its controllers still live. On the way up it waits for the sync. Made by the component Flux. The "+
		"environment variable "+TeardownVariable+" says how to go on when Flux cannot do its part: `"+
		string(TeardownForce)+"` removes without it what it is known to have applied, `"+string(TeardownOrphan)+
		"` leaves everything where it is.")
}

// Annotate describes the inputs in the schema.
func (g *GitOpsTeardownArgs) Annotate(a infer.Annotator) {
	a.Describe(&g.Kubeconfig, "A kubeconfig as YAML or JSON text. A change is only recorded.")
	a.Describe(&g.ClusterIdentity, "What tells one cluster from another. A change replaces the resource, if the identity "+
		"was given when it was made. Default: none; no change replaces it.")
	a.Describe(&g.ClusterUID, "The uid of the namespace kube-system, by which the cluster is known again.")
	a.Describe(&g.SyncKind, "The kind of the sync's source. Default: none, if there is no sync.")
	a.Describe(&g.SyncName, "The name of the sync's source. Default: none, if there is no sync.")
	a.Describe(&g.SyncKustomizations, "The names of the sync's Kustomizations. Default: one, called like its source.")
	a.Describe(&g.SyncDigest, "A digest of what the sync's objects say. When it changes, the sync is waited for again. "+
		"Default: none.")
	a.Describe(&g.FluxVersion, "The version that Flux brings itself to. When it changes, it is waited for. Default: "+
		"none; Flux is not waited for.")
	a.Describe(&g.FluxDigest, "The digest of the artifact of that version. When it changes, Flux is waited for again. "+
		"Default: none.")
	a.Describe(&g.SyncTimeout, "How long the sync may take to become ready, as a duration such as `5m`. Default: `"+
		defaultSyncTimeout+"`.")
	a.Describe(&g.WaitForReady, "Whether the sync is waited for. Default: false.")
	a.Describe(&g.Scope, "How much of the cluster may be touched. Default: `Flux`, only what the sync has applied.")
	a.Describe(&g.Policy, "Whether Flux removes what it has applied. Default: `Prune`.")
	a.Describe(&g.OnUnhealthy, "What to do when Flux's controllers do not work. Default: `Fail`.")
	a.Describe(&g.Timeout, "How long the removal may take, as a duration such as `30m`. Default: `"+
		defaultTeardownTimeout+"`.")
	a.Describe(&g.ProbeCommand, probeCommandDescription)
	a.Describe(&g.ProbeEvidence, probeEvidenceDescription)
}

// Annotate describes the outputs in the schema.
func (g *GitOpsTeardownState) Annotate(a infer.Annotator) {
	a.Describe(&g.SyncRevision, "The revision that Flux had applied when the sync was last waited for.")
	a.Describe(&g.Leaving, "The names of Kustomizations that the last update took out of the sync. They apply nothing "+
		"more, and Pulumi deletes them when the update is over.")
	a.Describe(&g.Synced, "Whether the wait for the sync has succeeded, or none was asked for.")
}
