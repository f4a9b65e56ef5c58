// Package manifests turns the files of Flux's artifact into the objects that are applied, with the very patches and
// the very code that kustomize-controller uses afterwards: what FluxInstall seeds and what Flux then applies to
// itself are the same objects, so that the handover starts no pod anew.
package manifests

import "slices"

const (
	// Namespace is where Flux lives. The artifact names it in bindings and in cluster-wide names, so it is fixed.
	Namespace = "flux-system"
	// PartOfLabel marks every object of Flux's own manifests.
	PartOfLabel = "app.kubernetes.io/part-of"
	// PartOf is the value of PartOfLabel.
	PartOf = "flux"

	// VersionLabel says which version of Flux an object is from.
	VersionLabel = "app.kubernetes.io/version"

	componentLabel = "app.kubernetes.io/component"
)

// Components returns the names of all components that an artifact may hold, in Flux's own order.
func Components() []string {
	return []string{
		SourceController, KustomizeController, HelmController, NotificationController,
		"image-reflector-controller", "image-automation-controller", "source-watcher",
	}
}

// The components that are spoken of elsewhere. Without the first two there is no sync, and no Flux that manages itself.
const (
	SourceController       = "source-controller"
	KustomizeController    = "kustomize-controller"
	HelmController         = "helm-controller"
	NotificationController = "notification-controller"
)

// DefaultComponents returns what is installed when nothing is said: what `flux install` installs.
func DefaultComponents() []string {
	return Components()[:4]
}

// unselected returns the components that are to be left out.
func unselected(selected []string) []string {
	return slices.DeleteFunc(Components(), func(name string) bool { return slices.Contains(selected, name) })
}
