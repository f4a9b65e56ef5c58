package aws

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Identity is a caller that a cluster's access entries know.
type Identity struct {
	// ARN is the IAM principal's.
	ARN string
	// Username is the Kubernetes user's name.
	Username string
	// UID is the Kubernetes user's, stable for a principal.
	UID string
	// Groups are the entry's Kubernetes groups and one for each access policy associated with it:
	// eks-access-policy:<policy> for the whole cluster, eks-access-policy:<policy>:<namespace> for a namespace.
	Groups []string
}

const (
	// urlPrefix stands before the encoded URL.
	urlPrefix = "k8s-aws-v1."
	// tokenLifetime is counted from X-Amz-Date, whatever X-Amz-Expires says (`aws eks get-token` writes 60 seconds there):
	// so do the real authenticator and STS.
	tokenLifetime = 15 * time.Minute
	clusterHeader = "x-k8s-aws-id"
	signedTime    = "20060102T150405Z"
)

// Authenticate verifies a token that `aws eks get-token` has made for a cluster, and maps its principal to the
// cluster's access entries. The token is a presigned URL of STS; as STS is not there to be asked, the signature is
// verified here with the secret of the access key that it names. An error means 401; it never holds the token.
func (c *Cloud) Authenticate(cluster, token string) (Identity, error) {
	c, cluster = c.ofServers(cluster)
	principal, err := VerifyToken(c.credentials, c.options.Region, cluster, token)
	if err != nil {
		return Identity{}, err
	}
	return c.identityOf(cluster, principal)
}

// VerifyToken says which of an account's principals has signed a token for a cluster.
func VerifyToken(known []Credential, region, cluster, token string) (principalARN string, err error) {
	encoded, found := strings.CutPrefix(token, urlPrefix)
	if !found {
		return "", fmt.Errorf("token is missing the prefix %q", urlPrefix)
	}
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return "", fmt.Errorf("token is not base64")
	}
	presigned, err := url.Parse(string(decoded))
	if err != nil {
		return "", fmt.Errorf("token holds no URL")
	}
	caller, err := verifyPresigned(known, region, presigned, cluster)
	return caller.PrincipalARN, err
}

// verifyPresigned finds whose signature a URL of GetCallerIdentity carries, by making the signature again.
func verifyPresigned(credentials []Credential, region string, presigned *url.URL, cluster string) (Credential, error) {
	host := "sts." + region + ".amazonaws.com"
	query := presigned.Query()
	if presigned.Scheme != "https" || presigned.Host != host || strings.Trim(presigned.Path, "/") != "" {
		return Credential{}, fmt.Errorf("token is not for https://%s/: its host is %q", host, presigned.Host)
	}
	allowed := []string{
		"Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature",
		"X-Amz-SignedHeaders",
	}
	for name, values := range query {
		if !slices.Contains(allowed, name) || len(values) != 1 {
			return Credential{}, fmt.Errorf("token has the query parameter %q, or has it twice", name)
		}
	}
	if action := query.Get("Action"); action != "GetCallerIdentity" {
		return Credential{}, fmt.Errorf("token is for the action %q instead of GetCallerIdentity", action)
	}
	if headers := query.Get("X-Amz-SignedHeaders"); headers != "host;"+clusterHeader {
		return Credential{}, fmt.Errorf("token's signed headers are %q instead of host and %s", headers, clusterHeader)
	}
	signedAt, err := time.Parse(signedTime, query.Get("X-Amz-Date"))
	if err != nil {
		return Credential{}, fmt.Errorf("token has no X-Amz-Date of the form %s", signedTime)
	}
	if age := time.Since(signedAt); age > tokenLifetime || age < -tokenLifetime {
		return Credential{}, fmt.Errorf("token was signed at %s and is valid for %s from then", signedAt.Format(time.RFC3339),
			tokenLifetime)
	}
	scope := strings.Split(query.Get("X-Amz-Credential"), "/")
	wanted := []string{signedAt.Format("20060102"), region, "sts", "aws4_request"}
	if len(scope) != 5 || !slices.Equal(scope[1:], wanted) {
		return Credential{}, fmt.Errorf("token's credential scope is not %s", strings.Join(wanted, "/"))
	}
	i := slices.IndexFunc(credentials, func(known Credential) bool { return known.AccessKeyID == scope[0] })
	if i < 0 {
		return Credential{}, fmt.Errorf("token is signed with an access key that is not of this account")
	}
	expected, err := signature(credentials[i], region, presigned, cluster, signedAt)
	if err != nil {
		return Credential{}, err
	}
	if subtle.ConstantTimeCompare([]byte(expected), []byte(query.Get("X-Amz-Signature"))) != 1 {
		return Credential{}, fmt.Errorf("token's signature is wrong: the secret is not the access key's, or the token is " +
			"for another cluster")
	}
	return credentials[i], nil
}

// signature presigns a URL with the header that names the cluster.
func signature(signer Credential, region string, presigned *url.URL, cluster string, at time.Time) (string, error) {
	unsigned := *presigned
	query := unsigned.Query()
	for name := range query {
		if strings.HasPrefix(name, "X-Amz-") && name != "X-Amz-Expires" {
			query.Del(name)
		}
	}
	unsigned.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, unsigned.String(), nil)
	if err != nil {
		return "", fmt.Errorf("rebuilding token's request: %w", err)
	}
	request.Header.Set(clusterHeader, cluster)
	empty := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(),
		awssdk.Credentials{AccessKeyID: signer.AccessKeyID, SecretAccessKey: signer.SecretAccessKey},
		request, hex.EncodeToString(empty[:]), "sts", region, at)
	if err != nil {
		return "", fmt.Errorf("signing token's request: %w", err)
	}
	result, err := url.Parse(signed)
	if err != nil {
		return "", fmt.Errorf("reading signed request: %w", err)
	}
	return result.Query().Get("X-Amz-Signature"), nil
}

// identityOf maps a principal by a cluster's access entries. The aws-auth ConfigMap of older authentication modes is
// not simulated: with it, only the cluster's creator gets in.
func (c *Cloud) identityOf(cluster, principal string) (Identity, error) {
	var identity Identity
	var err error
	c.store.look(func(a *account) {
		t := c.tx(a)
		if t.lookup(typeCluster, cluster) == nil {
			err = fmt.Errorf("there is no cluster %q", cluster)
			return
		}
		entry := t.entryOf(cluster, principal)
		if entry == nil {
			err = fmt.Errorf("%s has no access entry in cluster %s", principal, cluster)
			return
		}
		identity = NewIdentity(c.options.AccountID, principal, entry.str("userName"))
		identity.Groups = entry.strings("kubernetesGroups")
		for _, association := range t.of(typeAccessPolicy, "clusterName", cluster) {
			if association.str("principalArn") == principal {
				identity.Groups = append(identity.Groups, policyGroups(association)...)
			}
		}
	})
	return identity, err
}

// NewIdentity is the identity of a principal, without groups.
func NewIdentity(account, principal, username string) Identity {
	return Identity{
		ARN: principal, Username: username, UID: "aws-iam-authenticator:" + account + ":" + uniqueID(principal),
	}
}

func policyGroups(association *record) []string {
	if association.str("accessScope.type") == "cluster" {
		return AccessPolicyGroups(association.str("policyArn"), nil)
	}
	return AccessPolicyGroups(association.str("policyArn"), association.strings("accessScope.namespaces"))
}

// AccessPolicyGroups are the groups that stand for an access policy: one for the whole cluster, or one for each
// namespace.
func AccessPolicyGroups(policyARN string, namespaces []string) []string {
	group := "eks-access-policy:" + strings.TrimPrefix(policyARN, accessPolicyPrefix)
	if len(namespaces) == 0 {
		return []string{group}
	}
	var groups []string
	for _, namespace := range namespaces {
		groups = append(groups, group+":"+namespace)
	}
	return groups
}

// uniqueID is IAM's own id of a user.
func uniqueID(principal string) string {
	sum := sha256.Sum256([]byte(principal))
	return "AIDA" + strings.ToUpper(hex.EncodeToString(sum[:]))[:17]
}
