package flux

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// syncSecret is a Secret that a sync needs.
type syncSecret struct {
	// child is the end of the resource's name, name that of the object.
	child, name, secretType string
	values                  pulumi.StringMap
}

// secrets are the Secrets that hold what the user has given as values.
func (s SyncSpec) secrets() []syncSecret {
	var secrets []syncSecret
	if values := s.authValues(); len(values) > 0 {
		secret := syncSecret{child: "sync-auth", name: s.authName(), values: values}
		if _, ok := values[dockerConfigKey]; ok {
			secret.secretType = dockerConfigType
		}
		secrets = append(secrets, secret)
	}
	if values := s.tlsValues(); len(values) > 0 {
		secrets = append(secrets, syncSecret{child: "sync-tls", name: s.tlsName(), values: values})
	}
	if s.Decryption != nil && s.Decryption.AgeKey != nil {
		secrets = append(secrets, syncSecret{
			child: "sync-decryption", name: s.decryptionName(),
			values: pulumi.StringMap{"identity.agekey": s.Decryption.AgeKey},
		})
	}
	return secrets
}

func (s SyncSpec) authName() string       { return s.name() + "-auth" }
func (s SyncSpec) tlsName() string        { return s.name() + "-tls" }
func (s SyncSpec) decryptionName() string { return s.name() + "-decryption" }

const dockerConfigKey, dockerConfigType = ".dockerconfigjson", "kubernetes.io/dockerconfigjson"

// authValues is the content of the Secret that the source signs in with, under the keys that Flux reads; empty without
// one of our own.
func (s SyncSpec) authValues() pulumi.StringMap {
	values := pulumi.StringMap{}
	if s.Auth == nil {
		return values
	}
	add := func(key string, value pulumi.StringInput) {
		if value != nil {
			values[key] = value
		}
	}
	switch auth := s.Auth; {
	case auth.Basic != nil && s.kind() == SyncKindOCIRepository:
		add(dockerConfigKey, dockerConfigOf(s.URL, auth.Basic.Username, auth.Basic.Password))
	case auth.Basic != nil:
		add("username", auth.Basic.Username)
		add("password", auth.Basic.Password)
	case auth.BearerToken != nil:
		add("bearerToken", auth.BearerToken)
	case auth.SSH != nil:
		add("identity", auth.SSH.Identity)
		add("known_hosts", auth.SSH.KnownHosts)
		add("password", auth.SSH.Password)
	case auth.GithubApp != nil:
		add("githubAppID", auth.GithubApp.AppID)
		add("githubAppInstallationID", auth.GithubApp.InstallationID)
		add("githubAppInstallationOwner", auth.GithubApp.InstallationOwner)
		add("githubAppPrivateKey", auth.GithubApp.PrivateKey)
		add("githubAppBaseURL", auth.GithubApp.BaseURL)
	case auth.Bucket != nil:
		add("accesskey", auth.Bucket.AccessKey)
		add("secretkey", auth.Bucket.SecretKey)
	}
	// A GitRepository reads both from one Secret.
	if s.kind() == SyncKindGitRepository {
		maps.Copy(values, s.Auth.TLS.values())
	}
	return values
}

// tlsValues is the content of the Secret with certificates, for the sources that want one of its own.
func (s SyncSpec) tlsValues() pulumi.StringMap {
	if s.Auth == nil || s.kind() == SyncKindGitRepository {
		return nil
	}
	return s.Auth.TLS.values()
}

func (s *SyncTLSAuthSpec) values() pulumi.StringMap {
	if s == nil {
		return pulumi.StringMap{}
	}
	return givenValues(map[string]pulumi.StringInput{"ca.crt": s.CA, "tls.crt": s.Cert, "tls.key": s.Key})
}

// givenValues are those of the values that were given.
func givenValues(values map[string]pulumi.StringInput) pulumi.StringMap {
	given := pulumi.StringMap{}
	for key, value := range values {
		if value != nil {
			given[key] = value
		}
	}
	return given
}

func dockerConfigOf(address, username, password pulumi.StringInput) pulumi.StringOutput {
	return pulumi.StringMap{
		"address": address, "username": username, "password": password,
	}.ToStringMapOutput().ApplyT(func(values map[string]string) (string, error) {
		return dockerConfig(values["address"], values["username"], values["password"])
	}).(pulumi.StringOutput) //nolint:forcetypeassert // the function returns a string.
}

// dockerConfig is the configuration of Docker for one registry, as Kubernetes keeps it in Secrets.
func dockerConfig(address, username, password string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("reading the url of the OCIRepository: %w", err)
	}
	registry := parsed.Host
	switch registry {
	case "docker.io", "index.docker.io", "registry-1.docker.io":
		// The name under which Docker itself keeps it.
		registry = "https://index.docker.io/v1/"
	}
	config, err := json.Marshal(map[string]any{"auths": map[string]any{registry: map[string]string{
		"username": username,
		"password": password,
		"auth":     base64.StdEncoding.EncodeToString([]byte(username + ":" + password)),
	}}})
	if err != nil {
		return "", fmt.Errorf("writing the credentials for %s: %w", registry, err)
	}
	return string(config), nil
}
