package inventory

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

func (c Client) keys(ctx context.Context) ([]aws.Resource, error) {
	var ids []string
	request := map[string]string{}
	for {
		var page struct {
			Keys       []struct{ KeyID string }
			NextMarker string
		}
		if err := c.target(ctx, "kms", "TrentService.ListKeys", request, &page); err != nil {
			return nil, err
		}
		for _, key := range page.Keys {
			ids = append(ids, key.KeyID)
		}
		if page.NextMarker == "" {
			break
		}
		request["Marker"] = page.NextMarker
	}
	aliases, err := c.listAliases(ctx)
	if err != nil {
		return nil, err
	}
	var found []aws.Resource
	for _, id := range ids {
		// AWS's own keys come into being when they are asked for.
		if slices.ContainsFunc(aliases, func(x alias) bool { return x.managed() && x.TargetKeyID == id }) {
			continue
		}
		var described struct {
			KeyMetadata struct{ KeyState string }
		}
		if err := c.target(ctx, "kms", "TrentService.DescribeKey", map[string]string{"KeyId": id}, &described); err != nil {
			return nil, err
		}
		if described.KeyMetadata.KeyState != "PendingDeletion" {
			found = append(found, aws.Resource{Type: "aws:kms/key:Key", ID: id, Name: id})
		}
	}
	return found, nil
}

type alias struct{ AliasName, TargetKeyID string }

func (a alias) managed() bool { return strings.HasPrefix(a.AliasName, "alias/aws/") }

func (c Client) listAliases(ctx context.Context) ([]alias, error) {
	var found []alias
	request := map[string]string{}
	for {
		var page struct {
			Aliases    []alias
			NextMarker string
		}
		if err := c.target(ctx, "kms", "TrentService.ListAliases", request, &page); err != nil {
			return nil, err
		}
		found = append(found, page.Aliases...)
		if page.NextMarker == "" {
			return found, nil
		}
		request["Marker"] = page.NextMarker
	}
}

func (c Client) aliases(ctx context.Context) ([]aws.Resource, error) {
	list, err := c.listAliases(ctx)
	if err != nil {
		return nil, err
	}
	var found []aws.Resource
	for _, alias := range list {
		if !alias.managed() {
			found = append(found, aws.Resource{Type: "aws:kms/alias:Alias", ID: alias.AliasName, Name: alias.AliasName})
		}
	}
	return found, nil
}

func (c Client) logGroups(ctx context.Context) ([]aws.Resource, error) {
	var found []aws.Resource
	request := map[string]string{}
	for {
		var page struct {
			LogGroups []struct{ LogGroupName string }
			NextToken string
		}
		if err := c.target(ctx, "logs", "Logs_20140328.DescribeLogGroups", request, &page); err != nil {
			return nil, err
		}
		for _, group := range page.LogGroups {
			found = append(found,
				aws.Resource{Type: "aws:cloudwatch/logGroup:LogGroup", ID: group.LogGroupName, Name: group.LogGroupName})
		}
		if page.NextToken == "" {
			return found, nil
		}
		request["nextToken"] = page.NextToken
	}
}

func (c Client) buckets(ctx context.Context) ([]aws.Resource, error) {
	content, err := c.Send(ctx, http.MethodGet, "/", "s3", nil, nil)
	if err != nil {
		return nil, fmt.Errorf("listing buckets: %w", err)
	}
	var answer element
	if err := xml.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("decoding the list of buckets: %w", err)
	}
	var found []aws.Resource
	for _, bucket := range answer.all("Buckets/Bucket") {
		found = append(found, aws.Resource{Type: "aws:s3/bucket:Bucket", ID: bucket.text("Name"), Name: bucket.text("Name")})
	}
	return found, nil
}

// Clusters are the EKS clusters and their node groups. What else hangs on a cluster goes with it.
func (c Client) Clusters(ctx context.Context) ([]aws.Resource, error) {
	names, err := c.names(ctx, "/clusters", "clusters")
	if err != nil {
		return nil, err
	}
	var found []aws.Resource
	for _, name := range names {
		found = append(found, aws.Resource{Type: "aws:eks/cluster:Cluster", ID: name, Name: name})
		groups, err := c.names(ctx, "/clusters/"+name+"/node-groups", "node groups")
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			id := name + ":" + group
			found = append(found, aws.Resource{Type: "aws:eks/nodeGroup:NodeGroup", ID: id, Name: id})
		}
	}
	return found, nil
}

// names asks EKS for all pages of a list of names.
func (c Client) names(ctx context.Context, path, what string) ([]string, error) {
	var found []string
	for query := ""; ; {
		content, err := c.Send(ctx, http.MethodGet, path+query, "eks", nil, nil)
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", what, err)
		}
		page := struct {
			Clusters, Nodegroups []string
			NextToken            string
		}{}
		if err := json.Unmarshal(content, &page); err != nil {
			return nil, fmt.Errorf("decoding the list of %s: %w", what, err)
		}
		found = append(append(found, page.Clusters...), page.Nodegroups...)
		if page.NextToken == "" {
			return found, nil
		}
		query = "?nextToken=" + url.QueryEscape(page.NextToken)
	}
}
