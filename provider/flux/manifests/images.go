package manifests

import (
	"bufio"
	"bytes"
	"iter"
	"maps"
	"path/filepath"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// Images returns the images that an installation runs, sorted. It reads the files as they are, because rendering takes
// longer than everything else that a preview does: images that the user's own patches bring are not among them.
func (c Customization) Images(files map[string][]byte) []string {
	left := unselected(c.Components)
	images := []string{}
	for document := range documents(files) {
		var deployment appsv1.Deployment
		if !bytes.Contains(document, []byte("Deployment")) || sigsyaml.Unmarshal(document, &deployment) != nil ||
			deployment.Kind != "Deployment" || slices.Contains(left, deployment.Labels[componentLabel]) {
			continue
		}
		pod := deployment.Spec.Template.Spec
		for _, container := range slices.Concat(pod.InitContainers, pod.Containers) {
			images = append(images, c.Image(container.Image))
		}
	}
	slices.Sort(images)
	return slices.Compact(images)
}

// documents yields the YAML documents of the files, ordered by path.
func documents(files map[string][]byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, path := range slices.Sorted(maps.Keys(files)) {
			if extension := filepath.Ext(path); extension != ".yaml" && extension != ".yml" {
				continue
			}
			reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(files[path])))
			for document, err := reader.Read(); err == nil; document, err = reader.Read() {
				if !yield(document) {
					return
				}
			}
		}
	}
}
