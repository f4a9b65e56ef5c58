package flux

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// previewTimeout is how long a preview asks a cluster that may not be reachable from here.
const previewTimeout = 10 * time.Second

// lastReleases are the last releases of the minors of Flux through which an upgrade can go, in order.
var lastReleases = []string{"v2.6.4", "v2.7.5", "v2.8.8"}

// otherFlux tells whether another Flux is asked for than before. In a preview what is not known is empty, and says
// nothing yet.
func (a FluxInstallArgs) otherFlux(before FluxInstallArgs) bool {
	if a.Kubeconfig == "" || a.FluxVersion == "" || a.Digest == "" {
		return false
	}
	return a.FluxVersion != before.FluxVersion || a.Digest != before.Digest
}

// prepareUpgrade refuses a version of Flux that the cluster cannot go to, and makes the cluster ready for one that it
// can: then the program only has to change a tag, and Flux does the rest. A preview looks and changes nothing.
func prepareUpgrade(ctx context.Context, before string, state FluxInstallState, preview bool) error {
	if err := checkDowngrade(before, state.FluxVersion); err != nil {
		return err
	}
	timeout := readTimeout
	if preview {
		timeout = previewTimeout
	}
	cluster, err := kube.Connect(state.Kubeconfig)
	if err == nil {
		err = kube.WaitForAccess(ctx, cluster, timeout, progress(ctx))
	}
	if err != nil && preview {
		p.GetLogger(ctx).Warningf("the cluster cannot be asked, so this preview does not know whether it can go "+
			"to Flux %s: %s", state.FluxVersion, kube.Brief(err))
		return nil
	}
	if err != nil {
		return fmt.Errorf("upgrading Flux: %w", err)
	}
	if err := sameCluster(ctx, cluster, state.ClusterUID); err != nil {
		return fmt.Errorf("upgrading Flux: %w", err)
	}
	if err := checkKubernetes(ctx, state.FluxInstallArgs); err != nil {
		if !preview {
			return err
		}
		// The same update may bring the cluster to another version first.
		p.GetLogger(ctx).Warning(err.Error())
	}
	objects, err := seedObjects(ctx, state.FluxInstallArgs)
	if err != nil {
		return err
	}
	live, err := listDefinitions(ctx, cluster)
	if err != nil {
		return fmt.Errorf("listing the custom resource definitions of Flux: %w", err)
	}
	if err := checkHop(before, state.FluxVersion, live, objects); err != nil || preview {
		return err
	}
	return migrateStorage(ctx, cluster, progress(ctx))
}

// checkKubernetes refuses a Kubernetes that is too old for the version of Flux.
func checkKubernetes(ctx context.Context, args FluxInstallArgs) error {
	minimum := manifests.KubernetesMinimum(args.FluxVersion)
	if minimum == "" {
		return nil
	}
	given, err := kube.Version(ctx, args.Kubeconfig)
	if err != nil {
		return err
	}
	version, err := semver.ParseTolerant(given)
	if err != nil {
		return fmt.Errorf("reading the version of Kubernetes %q: %w", given, err)
	}
	needed, err := semver.ParseTolerant(minimum)
	if err != nil {
		return fmt.Errorf("reading the version of Kubernetes %q: %w", minimum, err)
	}
	if version.Major < needed.Major || version.Major == needed.Major && version.Minor < needed.Minor {
		return fmt.Errorf("flux %s needs Kubernetes %s or later, and the cluster has %s; upgrade the cluster first, or ask "+
			"for an earlier version of Flux", args.FluxVersion, minimum, given)
	}
	return nil
}

// checkHop refuses to go at once from one version of Flux to another that no longer knows a version in which the
// cluster stores objects.
func checkHop(from, to string, live []definition, target []*unstructured.Unstructured) error {
	known := map[string][]string{}
	for _, object := range target {
		if object.GetKind() == crdKind {
			known[object.GetName()] = definitionOf(object).versions
		}
	}
	var lost []string
	for _, found := range live {
		versions, stays := known[found.object.GetName()]
		if stays && !slices.Contains(versions, found.storage) {
			lost = append(lost, found.object.GetName()+" as "+found.storage)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	slices.Sort(lost)
	wayOut := "uninstall Flux first, or stay at " + from
	if through := between(from, to); through != "" {
		wayOut = fmt.Sprintf("set the version to %s first and run `pulumi up`, then to %s", through, to)
	}
	return fmt.Errorf("flux %s cannot be upgraded to %s at once: the cluster stores %s, which %s no longer knows; %s",
		from, to, strings.Join(lost, ", "), to, wayOut)
}

// between returns the last release of the latest minor between two versions, or "" if there is none.
func between(from, to string) string {
	before, errBefore := parseVersion(from)
	after, errAfter := parseVersion(to)
	if errBefore != nil || errAfter != nil {
		return ""
	}
	through := ""
	for _, release := range lastReleases {
		version, err := parseVersion(release)
		if err == nil && version.Minor > before.Minor && version.Minor < after.Minor {
			through = release
		}
	}
	return through
}

// awaitUpgrade waits until Flux has brought itself to the version that its source says, and has every object stored as
// that version stores it: so the next upgrade finds nothing old.
func awaitUpgrade(ctx context.Context, state GitOpsTeardownState) error {
	cluster, err := kube.Connect(state.Kubeconfig)
	if err != nil {
		return err
	}
	look := syncWatch{
		cluster: cluster, kind: "OCIRepository", source: selfSourceName, names: []string{selfName},
		now: time.Now, asked: map[string]string{}, patience: upgradePatience,
	}
	if err := kube.Wait(ctx, upgradeTimeout, progress(ctx), look.check); err != nil {
		return fmt.Errorf("flux has not become %s: %w", stringOr(state.FluxVersion, ""), err)
	}
	return migrateStorage(ctx, cluster, progress(ctx))
}

const (
	// upgradeTimeout covers pulling the images of all controllers one after the other.
	upgradeTimeout = 10 * time.Minute
	// upgradePatience is longer than Flux waits before it tries again: when kustomize-controller replaces itself it
	// breaks off what it is doing, and says that it has failed.
	upgradePatience = 3 * time.Minute
)
