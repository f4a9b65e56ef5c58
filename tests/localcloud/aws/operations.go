package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// begin opens a transaction for one of AWS's calls. Callers that are no administrator may call nothing.
func (c *Cloud) begin(a *account, caller Credential, service, call string, request api.Request) (*tx, error) {
	t := c.tx(a).calling(service, call)
	t.caller, t.defaultTags = caller, request.DefaultTags
	if caller.PrincipalARN == administratorARN(c.options.AccountID) {
		return t, nil
	}
	code := "AccessDeniedException"
	switch service {
	case ec2:
		return nil, t.fail("UnauthorizedOperation", "You are not authorized to perform this operation. User: %s is not "+
			"authorized to perform: ec2:%s because no identity-based policy allows the ec2:%s action",
			caller.PrincipalARN, call, call)
	case iam, s3:
		code = "AccessDenied"
	}
	return nil, t.fail(code, "User: %s is not authorized to perform: %s", caller.PrincipalARN, call)
}

func (c *Cloud) create(ctx context.Context, caller Credential, request api.Request) api.Response {
	k := c.kinds[request.Type]
	doing := "creating " + k.title
	if name := props(request.Inputs).str(k.named); k.named != "" && name != "" {
		doing += " (" + name + ")"
	}
	var created string
	var partial error
	err := c.store.change(func(a *account) error {
		t, err := c.begin(a, caller, k.service, k.calls.create, request)
		if err != nil {
			return err
		}
		r, err := t.create(k, request)
		isPartial, err := asPartial(err)
		if err != nil && !isPartial {
			return err
		}
		partial = err
		created = r.key()
		return nil
	})
	if err != nil {
		return failed(doing, err)
	}
	if partial == nil && k.finishCreate != nil {
		partial = c.finish(ctx, created, k.finishCreate)
	}
	response := c.describe(created)
	if partial != nil {
		response.Error = failed(doing, partial).Error
	}
	return response
}

func (t *tx) create(k *kind, request api.Request) (*record, error) {
	inputs := plain(request.Inputs)
	tags := t.allTags(k, inputs)
	for _, check := range []func() error{
		func() error { return t.checkTags(k, tags) },
		func() error { return t.checkReferences(k, inputs) },
		func() error { return t.checkQuota(request.Type, k, inputs) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	r, err := k.create(t, inputs)
	if r == nil {
		return nil, err
	}
	r.Type, r.Inputs = request.Type, inputs
	if k.tags != nil {
		r.set("tagsAll", tags)
	}
	t.put(r)
	return r, err
}

func (c *Cloud) read(caller Credential, request api.Request) api.Response {
	k := c.kinds[request.Type]
	var err error
	c.store.look(func(a *account) {
		_, err = c.begin(a, caller, k.service, "Describe"+strings.TrimPrefix(k.calls.create, "Create"), request)
	})
	if err != nil {
		return failed(fmt.Sprintf("reading %s (%s)", k.title, request.ID), err)
	}
	return c.describe(key(request.Type, request.ID))
}

// describe answers what there is behind a key, which is nothing at all when it is gone.
func (c *Cloud) describe(recordKey string) api.Response {
	var response api.Response
	c.store.look(func(a *account) {
		r := c.tx(a).at(recordKey)
		if r == nil {
			return
		}
		k := c.kinds[r.Type]
		if k.gone != nil && k.gone(r) {
			return
		}
		state := r.properties()
		if k.view != nil {
			state = merge(state, k.view(c.tx(a), r))
		}
		response = api.Response{ID: r.ID, Inputs: plain(r.Inputs), State: plain(state)}
	})
	return response
}

func (c *Cloud) update(ctx context.Context, caller Credential, request api.Request) api.Response {
	k := c.kinds[request.Type]
	doing := fmt.Sprintf("updating %s (%s)", k.title, request.ID)
	recordKey := key(request.Type, request.ID)
	err := c.store.change(func(a *account) error {
		t, err := c.begin(a, caller, k.service, k.calls.update, request)
		if err != nil {
			return err
		}
		r := t.at(recordKey)
		if r == nil || k.gone != nil && k.gone(r) {
			return fmt.Errorf("couldn't find resource")
		}
		inputs := plain(request.Inputs)
		tags := t.allTags(k, inputs)
		if err := errors.Join(t.checkTags(k, tags), t.checkReferences(k, inputs)); err != nil {
			return err
		}
		if k.update != nil {
			if err := k.update(t, r, inputs); err != nil {
				return err
			}
		}
		r.Inputs = inputs
		if k.tags != nil {
			r.set("tagsAll", tags)
		}
		return nil
	})
	if err != nil {
		return failed(doing, err)
	}
	if k.finishUpdate != nil {
		err = c.finish(ctx, recordKey, k.finishUpdate)
	}
	response := c.describe(recordKey)
	if err != nil {
		response.Error = failed(doing, err).Error
	}
	return response
}

func (c *Cloud) remove(ctx context.Context, caller Credential, request api.Request) api.Response {
	k := c.kinds[request.Type]
	doing := fmt.Sprintf("deleting %s (%s)", k.title, request.ID)
	recordKey := key(request.Type, request.ID)
	found := false
	err := c.store.change(func(a *account) error {
		t, err := c.begin(a, caller, k.service, k.calls.remove, request)
		if err != nil {
			return err
		}
		r := t.at(recordKey)
		if r == nil || k.gone != nil && k.gone(r) {
			return nil // the provider takes what is not there for deleted
		}
		found = true
		if k.remove != nil {
			if err := k.remove(t, r); err != nil {
				return err
			}
		}
		switch {
		case k.finishRemove != nil:
			r.Status = statusDeleting
		case k.gone != nil && k.gone(r) || k.keep != nil && k.keep(t, r):
			// AWS keeps it.
		default:
			t.drop(r)
		}
		return nil
	})
	if err == nil && found && k.finishRemove != nil {
		err = c.finish(ctx, recordKey, k.finishRemove)
	}
	if err != nil {
		return failed(doing, err)
	}
	return api.Response{}
}

// finish runs the long part of an operation and waits for it, or for the caller to go: AWS does not stop creating a
// cluster because the one who asked for it hangs up.
func (c *Cloud) finish(ctx context.Context, recordKey string, f func(context.Context, *Cloud, string) error) error {
	done := make(chan error, 1)
	c.background.Go(func() { done <- f(c.ctx, c, recordKey) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for completion: %w", ctx.Err())
	}
}

func failed(doing string, err error) api.Response {
	return api.Response{Error: doing + ": " + err.Error()}
}
