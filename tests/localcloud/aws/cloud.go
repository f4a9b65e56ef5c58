// Package aws simulates the part of AWS that a GitOpsCluster needs: one account, with VPCs, IAM, KMS, log groups and
// EKS, in several regions. It answers one request for each operation of the real Pulumi provider, with AWS's own rules,
// error codes and state, and keeps the account in a file. What runs behind an EKS cluster is a [ClusterBackend].
//
// It is as strict as AWS where AWS's rules are known, and says "not simulated" where a program asks for more than there
// is, rather than answering yes. Simulated: the resources of [Types] and the functions of [Functions], and the load
// balancers and volumes that clusters ask for. Not simulated: permissions (the administrator may do everything,
// everybody else nothing), prices, IPv6, IPAM and Outposts. Time passes and AWS's eventual consistency shows only where
// somebody asks for it (see [Options] and [Cloud.OrderFaults]): the provider's waiters and retries hide both.
package aws

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// Options configures a Cloud.
type Options struct {
	// StatePath is the file that the account is kept in, in lines of JSON. Every change adds to it, before the change is
	// answered, and [New] reads it. It holds the account's access keys.
	StatePath string
	// Region is where callers are that name none: the home region, whose clusters the backend knows by their names. It
	// knows those of other regions as NAME.REGION.
	Region    string
	AccountID string
	Backend   ClusterBackend
	// Latency is how many seconds a second of AWS's takes here; with 0 nothing takes longer than it does here anyway.
	Latency float64
	// Quotas is how many times the quotas are what a new account has; AWS raises most of them on request. 0 is 1.
	Quotas int
}

// Cloud is one simulated AWS account, as it is seen in one region.
type Cloud struct {
	options Options
	// home is the home region, behind what runs its clusters.
	home   string
	behind ClusterBackend
	kinds  map[string]*kind
	store  *store
	// conductor is between who asks and what happens, in all regions.
	conductor *conductor
	// credentials never change.
	credentials []Credential
	// ctx bounds what goes on when its caller has gone.
	ctx        context.Context //nolint:containedctx // it is the Cloud's lifetime
	background *sync.WaitGroup
}

// Resource is one entry of the inventory.
type Resource = api.Resource

// Credential is an access key of a principal of the account.
type Credential struct{ PrincipalARN, AccessKeyID, SecretAccessKey string }

// New opens the account kept in o.StatePath, or makes a new one. Clusters that are in it are brought up again before it
// returns, and operations that an earlier daemon did not finish are finished or turn out to have failed. ctx is the
// Cloud's lifetime: what is under way when it ends stays unfinished until the next New.
func New(ctx context.Context, o Options) (*Cloud, error) {
	if regionZones[o.Region] == nil {
		return nil, fmt.Errorf("region %q is not simulated; simulated are %s", o.Region, strings.Join(Regions(), ", "))
	}
	opened, err := openStore(o.StatePath)
	if err != nil {
		return nil, err
	}
	c := &Cloud{
		options: o, home: o.Region, behind: o.Backend, kinds: kinds(), store: opened,
		conductor: &conductor{scale: o.Latency}, ctx: ctx,
		background: &sync.WaitGroup{},
	}
	if err := c.store.change(func(a *account) error {
		if len(a.Credentials) == 0 {
			a.Credentials = newCredentials(o.AccountID)
		}
		c.credentials = slices.Clone(a.Credentials)
		return nil
	}); err != nil {
		return nil, err
	}
	var resuming sync.WaitGroup
	for _, there := range c.everywhere() {
		resuming.Go(func() { there.resume(ctx) })
	}
	resuming.Wait()
	return c, nil
}

// Wait returns when nothing goes on any more. End the context given to [New] first.
func (c *Cloud) Wait() { c.background.Wait() }

func administratorARN(account string) string {
	return "arn:aws:iam::" + account + ":user/administrator"
}

// newCredentials are the administrator, a principal without any rights, and one that has none but what clusters give
// it: a role, whose access key stands for those of its sessions.
func newCredentials(account string) []Credential {
	return []Credential{
		NewCredential(administratorARN(account)), NewCredential("arn:aws:iam::" + account + ":user/outsider"),
		NewCredential(PortalARN(account)),
	}
}

// PortalARN is the role of a developer portal.
func PortalARN(account string) string { return "arn:aws:iam::" + account + ":role/portal" }

// NewCredential makes an access key of a principal.
func NewCredential(principalARN string) Credential {
	return Credential{
		PrincipalARN: principalARN, AccessKeyID: "AKIA" + randomFrom(upperAlphanumeric, 16),
		SecretAccessKey: randomFrom(upperAlphanumeric+lowerAlphanumeric, 40),
	}
}

// Credentials are the account's access keys: the administrator's, then one of a user called outsider and one of a role
// called portal, who may do nothing.
func (c *Cloud) Credentials() []Credential { return slices.Clone(c.credentials) }

// Resources is the inventory: what a program has made, or made AWS leave behind, and what would cost money or be in the
// way. Things that AWS makes by itself and removes with their owner are not listed, nor are KMS keys that wait for
// their deletion.
func (c *Cloud) Resources() []Resource {
	found := []Resource{}
	list := func(region string, records map[string]*record) {
		for _, r := range records {
			k := c.kinds[r.Type]
			if r.Owner != "" || k.unlisted || k.gone != nil && k.gone(r) {
				continue
			}
			p := r.properties()
			name := cmp.Or(p.str("tags.Name"), p.str("name"), p.str("nodeGroupName"), p.str("addonName"), r.ID)
			found = append(found, Resource{Type: r.Type, ID: r.ID, Name: name, Region: region})
		}
	}
	c.store.look(func(a *account) {
		list("", a.Records)
		for region, records := range a.Elsewhere {
			list(region, records)
		}
	})
	slices.SortFunc(found, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Region, b.Region))
	})
	return found
}

// Handler is the control plane's API, described in package api. It is mounted below /aws without that prefix.
func (c *Cloud) Handler() http.Handler { return newHandler(c) }

// resume goes on where an earlier daemon stopped. Clusters first: all else needs them.
func (c *Cloud) resume(ctx context.Context) {
	unfinished := func(token string, statuses ...string) []*record {
		var found []*record
		c.store.look(func(a *account) {
			t := c.tx(a)
			found = t.where(func(r *record) bool { return r.Type == token && slices.Contains(statuses, r.Status) })
		})
		return found
	}
	var starting sync.WaitGroup
	for _, cluster := range unfinished(typeCluster, statusCreating, statusActive) {
		// A cluster that does not come up is FAILED afterwards, as its creation would have been.
		starting.Go(func() { _ = finishCluster(ctx, c, cluster.key()) })
	}
	starting.Wait()
	for _, token := range []string{typeAddon, typeNodeGroup} {
		for _, r := range unfinished(token, statusCreating) {
			_ = c.kinds[token].finishCreate(ctx, c, r.key())
		}
	}
	for _, token := range []string{typeAddon, typeNodeGroup, typeCluster} {
		for _, r := range unfinished(token, statusDeleting) {
			// What cannot be deleted now stays in DELETING, until its program tries again.
			_ = c.kinds[token].finishRemove(ctx, c, r.key())
		}
	}
}
