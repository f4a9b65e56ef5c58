package artifact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// ecrHost matches the hosts of private registries in ECR, and in them the region.
var ecrHost = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.` +
	`(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$`)

// IsECR tells whether the repository is in ECR, which AWS signs in to and nobody else.
func (r Repository) IsECR() bool {
	return ecrHost.MatchString(r.repository.RegistryStr())
}

// ecr signs in to ECR as the program aws does, which has to be there anyway: the kubeconfig of an EKS cluster runs it.
// A client of AWS's own would double what the plugin knows of AWS, and might sign in as somebody else.
type ecr struct {
	mutex sync.Mutex
	known map[string]ecrPassword
}

type ecrPassword struct {
	password string
	until    time.Time
}

const (
	// ecrLifetime is shorter than the twelve hours that a password lasts.
	ecrLifetime = time.Hour
	ecrTimeout  = 30 * time.Second
)

// registries is asked for each request, and a password takes a second to get.
var registries = authn.NewMultiKeychain(authn.DefaultKeychain, &ecr{known: map[string]ecrPassword{}})

// Resolve implements [authn.Keychain].
func (e *ecr) Resolve(resource authn.Resource) (authn.Authenticator, error) {
	return e.ResolveContext(context.Background(), resource)
}

// ResolveContext implements [authn.ContextKeychain]. Other registries than those of ECR are left to others.
func (e *ecr) ResolveContext(ctx context.Context, resource authn.Resource) (authn.Authenticator, error) {
	host := resource.RegistryStr()
	match := ecrHost.FindStringSubmatch(host)
	if match == nil {
		return authn.Anonymous, nil
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	found := e.known[host]
	if time.Now().After(found.until) {
		password, err := ecrLogin(ctx, match[1])
		if err != nil {
			return nil, fmt.Errorf("signing in to %s: %w", host, err)
		}
		found = ecrPassword{password: password, until: time.Now().Add(ecrLifetime)}
		e.known[host] = found
	}
	return &authn.Basic{Username: "AWS", Password: found.password}, nil
}

func ecrLogin(ctx context.Context, region string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, ecrTimeout)
	defer cancel()
	login := exec.CommandContext(ctx, "aws", "ecr", "get-login-password", "--region", region)
	var printed, complaints bytes.Buffer
	login.Stdout, login.Stderr = &printed, &complaints
	if err := login.Run(); err != nil {
		return "", fmt.Errorf("running %s: %w: %s (give artifact.auth, or let aws sign in)",
			strings.Join(login.Args, " "), err, strings.TrimSpace(complaints.String()))
	}
	password := strings.TrimSpace(printed.String())
	if password == "" {
		return "", errors.New("aws ecr get-login-password has printed nothing")
	}
	return password, nil
}
