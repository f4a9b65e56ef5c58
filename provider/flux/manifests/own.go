package manifests

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

// OwnPatchError says what is wrong with one of the user's own patches.
type OwnPatchError struct {
	// Index is the position of the patch.
	Index int
	Err   error
}

// Error implements error.
func (e *OwnPatchError) Error() string {
	return fmt.Sprintf("patch %d %s", e.Index, e.Err)
}

// Unwrap returns the reason.
func (e *OwnPatchError) Unwrap() error {
	return e.Err
}

var errForced = errors.New("must not set the annotation kustomize.toolkit.fluxcd.io/force: Flux would answer a " +
	"change that cannot be made by deleting the object, and with a definition every object of that kind; leave it out")

// CheckOwn applies the user's patches to the files of an artifact, one after the other, and returns an [OwnPatchError]
// for the first that cannot be applied or changes nothing: kustomize takes a target that selects nothing for an answer.
func (c Customization) CheckOwn(files map[string][]byte) error {
	before := c
	before.Own = nil
	for i, patch := range c.Own {
		if len(patch.Target) > 0 {
			// A patch may select what an earlier one has changed.
			built, err := build(files, before.Spec())
			if err != nil {
				return err
			}
			selected, err := built.Select(selector(patch.Target))
			if err != nil {
				return &OwnPatchError{Index: i, Err: fmt.Errorf("has a target that cannot be read: %w", err)}
			}
			if len(selected) == 0 {
				return &OwnPatchError{Index: i, Err: errors.New("has a target that selects none of Flux's objects")}
			}
		}
		before.Own = c.Own[:i+1]
		objects, err := before.Render(files)
		if err != nil {
			return &OwnPatchError{Index: i, Err: fmt.Errorf("cannot be applied: %w", err)}
		}
		if forced(objects) {
			return &OwnPatchError{Index: i, Err: errForced}
		}
	}
	return nil
}

func forced(objects []*unstructured.Unstructured) bool {
	for _, object := range objects {
		if _, ok := object.GetAnnotations()["kustomize.toolkit.fluxcd.io/force"]; ok {
			return true
		}
	}
	return false
}

func selector(target map[string]string) types.Selector {
	return types.Selector{
		ResId: resid.ResId{
			Gvk:       resid.Gvk{Group: target["group"], Version: target["version"], Kind: target["kind"]},
			Name:      target["name"],
			Namespace: target["namespace"],
		},
		LabelSelector:      target["labelSelector"],
		AnnotationSelector: target["annotationSelector"],
	}
}
