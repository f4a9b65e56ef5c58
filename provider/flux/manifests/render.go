package manifests

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	"github.com/fluxcd/pkg/ssa/normalize"
	ssautils "github.com/fluxcd/pkg/ssa/utils"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/resmap"
	sigsyaml "sigs.k8s.io/yaml"
)

// Render builds the files of an artifact, by path, with the given patches.
func Render(files map[string][]byte, patches []Patch) ([]*unstructured.Unstructured, error) {
	return render(files, map[string]any{"patches": PatchList(patches)})
}

// Render builds the files of an artifact, by path, as the installation wants them.
func (c Customization) Render(files map[string][]byte) ([]*unstructured.Unstructured, error) {
	objects, err := render(files, c.Spec())
	if err == nil && len(c.Labels) > 0 {
		// Where a Kustomization has them in spec.commonMetadata, Flux sets them after it has built the manifests.
		ssautils.SetCommonMetadata(objects, c.Labels, nil)
	}
	return objects, err
}

func render(files map[string][]byte, spec map[string]any) (objects []*unstructured.Unstructured, err error) {
	built, err := build(files, spec)
	if err != nil {
		return nil, err
	}
	text, err := built.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("printing the manifests: %w", err)
	}
	if objects, err = ssautils.ReadObjects(bytes.NewReader(text)); err != nil {
		return nil, fmt.Errorf("reading the rendered manifests: %w", err)
	}
	if err := normalize.UnstructuredList(objects); err != nil {
		return nil, fmt.Errorf("normalizing the rendered manifests: %w", err)
	}
	return objects, nil
}

// build runs kustomize with a part of a Flux Kustomization's spec, as kustomize-controller does.
func build(files map[string][]byte, spec map[string]any) (built resmap.ResMap, err error) {
	// kustomize reads from a disk: its in-memory file system has no notion of a root that must not be left.
	folder, err := os.MkdirTemp("", "flux-manifests-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to render in: %w", err)
	}
	defer func() {
		if removeErr := os.RemoveAll(folder); removeErr != nil && err == nil {
			err = fmt.Errorf("removing the folder rendered in: %w", removeErr)
		}
	}()
	// kustomize compares paths after it has followed links, and the folder for temporary files is one on macOS.
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return nil, fmt.Errorf("finding the folder to render in: %w", err)
	}
	if err := write(folder, files); err != nil {
		return nil, fmt.Errorf("writing the manifests to render: %w", err)
	}
	wanted := unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	if _, err := kustomize.NewGenerator(folder, wanted).WriteFile(folder); err != nil {
		return nil, fmt.Errorf("generating the kustomization: %w", err)
	}
	if built, err = kustomize.SecureBuild(folder, folder, false); err != nil {
		return nil, fmt.Errorf("building the manifests: %w", err)
	}
	return built, nil
}

// Version returns the version of Flux that the files of an artifact say they are of, or "" if they say nothing. It
// reads no more than it must: rendering takes longer than everything else that a preview does.
func Version(files map[string][]byte) string {
	for document := range documents(files) {
		var object metav1.PartialObjectMetadata
		if sigsyaml.Unmarshal(document, &object) == nil && object.Labels[VersionLabel] != "" {
			return object.Labels[VersionLabel]
		}
	}
	return ""
}

func write(folder string, files map[string][]byte) error {
	for path, content := range files {
		target := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(target, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
