package aws_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// thing is a resource as the engine knows it: what its program gave, what Check made of that, and its outputs.
type thing struct {
	token, name, id      string
	given, inputs, state property.Map
}

func (r *thing) urn() string { return "urn:pulumi:dev::test::" + r.token + "::" + r.name }

// text is a string in the state, by a dotted path.
func (r *thing) text(path string) string {
	value := property.New(r.state)
	for name := range strings.SplitSeq(path, ".") {
		if !value.IsMap() {
			return ""
		}
		value = value.AsMap().Get(name)
	}
	if !value.IsString() {
		return ""
	}
	return value.AsString()
}

// check is the engine's Check. Failures come back as one error.
func (w *world) check(r *thing, inputs property.Map) (property.Map, error) {
	w.t.Helper()
	seed := sha256.Sum256([]byte(r.urn()))
	response, err := w.server.Check(w.t.Context(), &rpc.CheckRequest{
		Urn: r.urn(), Olds: w.marshal(r.inputs), News: w.marshal(inputs), RandomSeed: seed[:],
	})
	if err != nil {
		return property.Map{}, err
	}
	var errs []error
	for _, failure := range response.GetFailures() {
		errs = append(errs, fmt.Errorf("%s: %s", failure.GetProperty(), failure.GetReason()))
	}
	return w.unmarshal(response.GetInputs()), errors.Join(errs...)
}

// try creates a resource. It returns the resource beside an error if it exists in spite of it.
func (w *world) try(token, name string, inputs map[string]any) (*thing, error) {
	w.t.Helper()
	return w.tryMap(token, name, catalog.FromPlainMap(inputs))
}

func (w *world) tryMap(token, name string, inputs property.Map) (*thing, error) {
	w.t.Helper()
	r := &thing{token: token, name: name, given: inputs}
	checked, err := w.check(r, inputs)
	if err != nil {
		return nil, err
	}
	r.inputs = checked
	response, err := w.server.Create(w.t.Context(), &rpc.CreateRequest{Urn: r.urn(), Properties: w.marshal(checked)})
	if err != nil {
		if failed, ok := initFailed(err); ok {
			r.id, r.state = failed.GetId(), w.unmarshal(failed.GetProperties())
			return r, err
		}
		return nil, err
	}
	r.id, r.state = response.GetId(), w.unmarshal(response.GetProperties())
	return r, nil
}

func initFailed(err error) (*rpc.ErrorResourceInitFailed, bool) {
	if converted, ok := rpcerror.FromError(err); ok {
		for _, detail := range converted.Details() {
			if failed, ok := detail.(*rpc.ErrorResourceInitFailed); ok {
				return failed, true
			}
		}
	}
	return nil, false
}

func (w *world) create(token, name string, inputs map[string]any) *thing {
	w.t.Helper()
	r, err := w.try(token, name, inputs)
	if err != nil {
		w.t.Fatalf("creating %s %s: %v", token, name, err)
	}
	return r
}

// diff is the engine's Diff of a resource with new inputs.
func (w *world) diff(r *thing, checked property.Map) *rpc.DiffResponse {
	w.t.Helper()
	response, err := w.server.Diff(w.t.Context(), &rpc.DiffRequest{
		Id: r.id, Urn: r.urn(), Olds: w.marshal(r.state), OldInputs: w.marshal(r.inputs), News: w.marshal(checked),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return response
}

// update changes some inputs of a resource in place.
func (w *world) update(r *thing, changed map[string]any) error {
	w.t.Helper()
	inputs := r.given
	for name, value := range changed {
		inputs = inputs.Set(name, catalog.FromPlain(value))
	}
	checked, err := w.check(r, inputs)
	if err != nil {
		return err
	}
	response, err := w.server.Update(w.t.Context(), &rpc.UpdateRequest{
		Id: r.id, Urn: r.urn(), Olds: w.marshal(r.state), OldInputs: w.marshal(r.inputs), News: w.marshal(checked),
	})
	if err != nil {
		return err
	}
	r.given, r.inputs, r.state = inputs, checked, w.unmarshal(response.GetProperties())
	return nil
}

// read is the engine's Read in a refresh. ok is false when the resource is gone.
func (w *world) read(r *thing) (inputs, state property.Map, ok bool) {
	w.t.Helper()
	response, err := w.server.Read(w.t.Context(), &rpc.ReadRequest{
		Id: r.id, Urn: r.urn(), Properties: w.marshal(r.state), Inputs: w.marshal(r.inputs),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.unmarshal(response.GetInputs()), w.unmarshal(response.GetProperties()), response.GetId() != ""
}

func (w *world) remove(r *thing) error {
	w.t.Helper()
	_, err := w.server.Delete(w.t.Context(), &rpc.DeleteRequest{
		Id: r.id, Urn: r.urn(), Properties: w.marshal(r.state), OldInputs: w.marshal(r.inputs),
	})
	return err
}

func (w *world) invoke(token string, arguments map[string]any) (property.Map, error) {
	w.t.Helper()
	response, err := w.server.Invoke(w.t.Context(), &rpc.InvokeRequest{
		Tok: token, Args: w.marshal(catalog.FromPlainMap(arguments)),
	})
	if err != nil {
		return property.Map{}, err
	}
	var errs []error
	for _, failure := range response.GetFailures() {
		errs = append(errs, fmt.Errorf("%s: %s", failure.GetProperty(), failure.GetReason()))
	}
	return w.unmarshal(response.GetReturn()), errors.Join(errs...)
}
