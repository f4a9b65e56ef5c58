package flux

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// sshServer is a git server that knows one client.
type sshServer struct{ url, identity, knownHosts string }

// serveSSH serves a copy of a repository over SSH, with git's own upload-pack behind it.
func serveSSH(t *testing.T, repository string) sshServer {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "repository.git")
	clone := exec.CommandContext(t.Context(), "git", "clone", "--quiet", "--bare", repository, folder)
	if output, err := clone.CombinedOutput(); err != nil {
		t.Fatalf("cloning: %v: %s", err, output)
	}
	host, client := newKey(t), newKey(t)
	block, err := ssh.MarshalPrivateKey(client.private, "")
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != string(client.signer.PublicKey().Marshal()) {
				return nil, errors.New("who is that?")
			}
			return &ssh.Permissions{}, nil
		},
	}
	config.AddHostKey(host.signer)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go answerSSH(connection, config, folder)
		}
	}()
	address := listener.Addr().String()
	return sshServer{
		url: "ssh://git@" + address + "/repository.git", identity: string(pem.EncodeToMemory(block)),
		knownHosts: knownhosts.Line([]string{knownhosts.Normalize(address)}, host.signer.PublicKey()) + "\n",
	}
}

type key struct {
	private ed25519.PrivateKey
	signer  ssh.Signer
}

func newKey(t *testing.T) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key{private, signer}
}

// answerSSH lets a client fetch, and do nothing else. What goes wrong is the client's to report.
func answerSSH(connection net.Conn, config *ssh.ServerConfig, folder string) {
	session, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	defer func() { _ = session.Close() }()
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = channel.Close() }()
			for request := range requests {
				var command struct{ Text string }
				fetches := request.Type == "exec" && ssh.Unmarshal(request.Payload, &command) == nil &&
					strings.HasPrefix(command.Text, "git-upload-pack ")
				if err := request.Reply(fetches || request.Type == "env", nil); err != nil || !fetches {
					continue
				}
				upload := exec.Command("git", "upload-pack", folder) //nolint:noctx // it ends with its client.
				upload.Stdin, upload.Stdout, upload.Stderr = channel, channel, channel.Stderr()
				status := 0
				if err := upload.Run(); err != nil {
					_, _ = fmt.Fprintln(channel.Stderr(), err)
					status = 1
				}
				_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
				return
			}
		}()
	}
}
