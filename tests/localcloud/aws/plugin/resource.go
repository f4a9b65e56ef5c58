package plugin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func toFailures(found []catalog.Failure) []p.CheckFailure {
	failures := make([]p.CheckFailure, 0, len(found))
	for _, f := range found {
		failures = append(failures, p.CheckFailure{Property: f.Path, Reason: f.Reason})
	}
	return failures
}

// find is the type of a resource, or an error that says what there is.
func (g *plugin) find(resource urn.URN) (catalog.Resource, error) {
	r, ok := g.resources[string(resource.Type())]
	if !ok {
		return r, fmt.Errorf("resource type %s is not simulated by the local cloud; simulated are %s", resource.Type(),
			strings.Join(slices.Sorted(maps.Keys(g.resources)), ", "))
	}
	return r, nil
}

func (g *plugin) check(ctx context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	kind, err := g.find(r.Urn)
	if err != nil {
		return p.CheckResponse{}, err
	}
	completed, err := kind.Complete(catalog.DropNulls(r.Inputs), r.State, r.Urn.Name(), seedOf(ctx, r))
	if err != nil {
		return p.CheckResponse{}, err
	}
	checked, failures := kind.Check(completed)
	checked = checked.Set(catalog.DefaultsKey, completed.Get(catalog.DefaultsKey))
	return p.CheckResponse{Inputs: checked, Failures: toFailures(failures)}, nil
}

func (g *plugin) diff(_ context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	kind, err := g.find(r.Urn)
	if err != nil {
		return p.DiffResponse{}, err
	}
	inputs := r.Inputs
	for _, path := range r.IgnoreChanges {
		// The engine has put back the old values of these already; what is left are properties that AWS has filled in.
		if old, ok := r.OldInputs.GetOk(path); ok {
			inputs = inputs.Set(path, old)
		}
	}
	response := p.DiffResponse{DetailedDiff: map[string]p.PropertyDiff{}}
	replaced := false
	for path, change := range kind.Diff(r.OldInputs, r.State, inputs) {
		replaced = replaced || change.Replace
		response.DetailedDiff[path] = p.PropertyDiff{Kind: kindOf(change), InputDiff: true}
	}
	if tags, ok := r.State.GetOk("tagsAll"); ok && kind.Taggable() {
		if !catalog.SameTags(tags, catalog.AllTags(inputs, g.defaultTags())) {
			response.DetailedDiff["tagsAll"] = p.PropertyDiff{Kind: p.Update}
		}
	}
	response.HasChanges = len(response.DetailedDiff) > 0
	response.DeleteBeforeReplace = replaced && kind.DeleteBeforeReplace(r.OldInputs, inputs)
	return response, nil
}

func kindOf(change catalog.Change) p.DiffKind {
	switch {
	case change.Added && change.Replace:
		return p.AddReplace
	case change.Added:
		return p.Add
	case change.Removed && change.Replace:
		return p.DeleteReplace
	case change.Removed:
		return p.Delete
	case change.Replace:
		return p.UpdateReplace
	}
	return p.Update
}

func (g *plugin) create(ctx context.Context, r p.CreateRequest) (p.CreateResponse, error) {
	kind, err := g.find(r.Urn)
	if err != nil {
		return p.CreateResponse{}, err
	}
	if r.DryRun {
		return p.CreateResponse{Properties: kind.PreviewCreate(r.Properties, g.defaultTags())}, nil
	}
	response, err := g.call(ctx, r.Timeout, api.CreatePath, api.Request{
		Type: string(r.Urn.Type()), Inputs: catalog.PlainMap(r.Properties.Delete(catalog.DefaultsKey)),
	})
	if err != nil {
		return p.CreateResponse{}, redact(err, r.Properties)
	}
	created := p.CreateResponse{ID: response.ID, Properties: stateOf(response, r.Properties)}
	if response.Error == "" {
		return created, nil
	}
	err = redact(errors.New(response.Error), r.Properties)
	if created.ID != "" {
		created.PartialState = &p.InitializationFailed{Reasons: []string{err.Error()}}
	}
	return created, err
}

func stateOf(response api.Response, inputs property.Map) property.Map {
	return catalog.MarkSecrets(catalog.FromPlainMap(response.State), inputs)
}

func (g *plugin) read(ctx context.Context, r p.ReadRequest) (p.ReadResponse, error) {
	if _, err := g.find(r.Urn); err != nil {
		return p.ReadResponse{}, err
	}
	response, err := g.call(ctx, 0, api.ReadPath, api.Request{Type: string(r.Urn.Type()), ID: r.ID})
	if err == nil && response.Error != "" {
		err = errors.New(response.Error)
	}
	if err != nil || response.ID == "" {
		return p.ReadResponse{}, err
	}
	inputs := catalog.MarkSecrets(catalog.FromPlainMap(response.Inputs), r.Inputs)
	// What was filled in stays known as that; a resource that is imported was given everything.
	defaults, ok := r.Inputs.GetOk(catalog.DefaultsKey)
	if !ok {
		defaults = property.New(property.NewArray(nil))
	}
	return p.ReadResponse{
		ID: response.ID, Inputs: inputs.Set(catalog.DefaultsKey, defaults),
		Properties: catalog.MarkSecrets(stateOf(response, r.Inputs), r.Properties),
	}, nil
}

func (g *plugin) update(ctx context.Context, r p.UpdateRequest) (p.UpdateResponse, error) {
	kind, err := g.find(r.Urn)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	if r.DryRun {
		return p.UpdateResponse{
			Properties: kind.PreviewUpdate(r.State, r.OldInputs, r.Inputs, g.defaultTags()),
		}, nil
	}
	response, err := g.call(ctx, r.Timeout, api.UpdatePath, api.Request{
		Type: string(r.Urn.Type()), ID: r.ID, Inputs: catalog.PlainMap(r.Inputs.Delete(catalog.DefaultsKey)),
	})
	if err != nil {
		return p.UpdateResponse{}, redact(err, r.Inputs)
	}
	updated := p.UpdateResponse{Properties: stateOf(response, r.Inputs)}
	if response.Error == "" {
		return updated, nil
	}
	err = redact(errors.New(response.Error), r.Inputs)
	if response.ID != "" {
		updated.PartialState = &p.InitializationFailed{Reasons: []string{err.Error()}}
	}
	return updated, err
}

func (g *plugin) remove(ctx context.Context, r p.DeleteRequest) error {
	if _, err := g.find(r.Urn); err != nil {
		return err
	}
	response, err := g.call(ctx, r.Timeout, api.DeletePath, api.Request{Type: string(r.Urn.Type()), ID: r.ID})
	if err == nil && response.Error != "" {
		err = errors.New(response.Error)
	}
	return redact(err, r.Properties)
}

func (g *plugin) invoke(ctx context.Context, r p.InvokeRequest) (p.InvokeResponse, error) {
	f, ok := g.functions[string(r.Token)]
	if !ok {
		return p.InvokeResponse{}, fmt.Errorf("function %s is not simulated by the local cloud; simulated are %s", r.Token,
			strings.Join(slices.Sorted(maps.Keys(g.functions)), ", "))
	}
	arguments := catalog.DropNulls(r.Args)
	if failures := f.Check(arguments); len(failures) > 0 {
		return p.InvokeResponse{Failures: toFailures(failures)}, nil
	}
	if property.New(arguments).HasComputed() {
		return p.InvokeResponse{}, fmt.Errorf("arguments of %s are not known yet", r.Token)
	}
	response, err := g.call(ctx, 0, api.InvokePath, api.Request{
		Type: string(r.Token), Inputs: catalog.PlainMap(arguments),
	})
	if err == nil && response.Error != "" {
		err = errors.New(response.Error)
	}
	if err != nil {
		return p.InvokeResponse{}, redact(err, arguments)
	}
	return p.InvokeResponse{Return: catalog.MarkSecrets(catalog.FromPlainMap(response.State), arguments)}, nil
}

// redact takes secrets out of an error: AWS's messages quote what they were given.
func redact(err error, inputs property.Map) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, secret := range catalog.SecretTexts(inputs) {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
