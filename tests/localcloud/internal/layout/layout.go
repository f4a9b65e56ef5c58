// Package layout says where the files of a local cloud lie, and where its programs are found.
package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ToolsVariable is the environment variable that names another folder of programs than the repository's.
const ToolsVariable = "LOCALCLOUD_TOOLS"

// AWSVariable is the environment variable that names another AWS than the simulated one.
const AWSVariable = "LOCALCLOUD_AWS"

// Dir is the folder of a local cloud.
type Dir string

// Logs holds the output of the daemon and its processes.
func (d Dir) Logs() string { return filepath.Join(string(d), "logs") }

// DaemonLog is the output of the daemon itself.
func (d Dir) DaemonLog() string { return filepath.Join(d.Logs(), "daemon.log") }

// Clusters holds one folder per cluster.
func (d Dir) Clusters() string { return filepath.Join(string(d), "clusters") }

// Git holds the bare repositories.
func (d Dir) Git() string { return filepath.Join(string(d), "git") }

// Account is the state of the simulated AWS account.
func (d Dir) Account() string { return filepath.Join(string(d), "aws.json") }

// Ports is where the daemon remembers its own ports.
func (d Dir) Ports() string { return filepath.Join(string(d), "ports.json") }

// Signer is the key with which Flux's artifacts are signed.
func (d Dir) Signer() string { return filepath.Join(string(d), "signer.pem") }

// Lock is locked while a daemon runs.
func (d Dir) Lock() string { return filepath.Join(string(d), "lock") }

// Connection is how clients find the daemon.
func (d Dir) Connection() string { return filepath.Join(string(d), "connection.json") }

// Connection is what a client needs to know of a daemon.
type Connection struct {
	PID          int         `json:"pid"`
	Endpoint     string      `json:"endpoint"`
	RegistryHost string      `json:"registryHost"`
	SignerKey    string      `json:"signerKey"`
	Region       string      `json:"region"`
	AccessKeys   []AccessKey `json:"accessKeys"`
	// AWS is the kind of AWS.
	AWS string `json:"aws"`
	// AWSEndpoint is where the AWS SDKs find it, if it is one that they can talk to.
	AWSEndpoint string `json:"awsEndpoint,omitempty"`
	// TerraformProvider is the program through which Pulumi's plugin talks to it, then.
	TerraformProvider string `json:"terraformProvider,omitempty"`
}

// AccessKey is an access key of a principal of the account.
type AccessKey struct {
	PrincipalARN    string `json:"principalArn"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

// WriteJSON writes a file that only its owner may read, at once or not at all.
func WriteJSON(file string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", file, err)
	}
	unfinished := file + ".new"
	if err := os.WriteFile(unfinished, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	if err := os.Rename(unfinished, file); err != nil {
		return fmt.Errorf("replacing %s: %w", file, err)
	}
	return nil
}

// ReadJSON reads a file. One that does not exist is an error that errors.Is finds to be os.ErrNotExist.
func ReadJSON(file string, value any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("decoding %s: %w", file, err)
	}
	return nil
}

// ToolsDir is the folder of third-party programs: what ToolsVariable says, or `.bin` in the repository.
func ToolsDir() (string, error) {
	if dir := os.Getenv(ToolsVariable); dir != "" {
		return filepath.Abs(dir)
	}
	root, err := RepositoryRoot()
	return filepath.Join(root, ".bin"), err
}

// RepositoryRoot is the nearest folder with a go.mod, above the working directory or else above the running program.
func RepositoryRoot() (string, error) {
	var starts []string
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if program, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(program))
	}
	for _, start := range starts {
		for dir := start; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", errors.New("looking for the repository: no folder above the working directory or the program has a " +
		"go.mod; run this inside the repository")
}
