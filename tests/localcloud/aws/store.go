package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// account is what the state file holds.
type account struct {
	Credentials []Credential `json:"credentials"`
	// Records are those of the home region, and of the services that have no regions.
	Records map[string]*record `json:"records"`
	// Elsewhere are those of the other regions.
	Elsewhere map[string]map[string]*record `json:"elsewhere,omitempty"`
}

// in are the records of a region.
func (a *account) in(region, home string) map[string]*record {
	if region == home {
		return a.Records
	}
	if a.Elsewhere == nil {
		a.Elsewhere = map[string]map[string]*record{}
	}
	if a.Elsewhere[region] == nil {
		a.Elsewhere[region] = map[string]*record{}
	}
	return a.Elsewhere[region]
}

// store keeps the account behind one lock and on disk. The file is replaced by a rename after every change and before
// anybody hears of the change, so a daemon that is killed loses nothing it has answered. (It is not synced: it has to
// survive a kill, not a power cut.) Writing everything every time is linear in the account's size; fine for hundreds of
// resources.
type store struct {
	path string

	mutex   sync.Mutex
	account account
	saved   []byte
}

func openStore(path string) (*store, error) {
	s := &store{path: path}
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.account.Records = map[string]*record{}
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("reading account state: %w", err)
	}
	if err := json.Unmarshal(content, &s.account); err != nil {
		return nil, fmt.Errorf("decoding account state %s: %w", path, err)
	}
	if s.account.Records == nil {
		s.account.Records = map[string]*record{}
	}
	s.saved = content
	return s, nil
}

// change runs f with the lock held and keeps what it did, or, when it fails, nothing of it.
func (s *store) change(f func(*account) error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := f(&s.account); err != nil {
		return errors.Join(err, s.rollBack())
	}
	content, err := json.Marshal(s.account)
	if err != nil {
		return errors.Join(fmt.Errorf("encoding account state: %w", err), s.rollBack())
	}
	if err := replaceFile(s.path, content); err != nil {
		return errors.Join(fmt.Errorf("writing account state: %w", err), s.rollBack())
	}
	s.saved = content
	return nil
}

// look runs f with the lock held. f changes nothing.
func (s *store) look(f func(*account)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	f(&s.account)
}

func (s *store) rollBack() error {
	restored := account{Records: map[string]*record{}}
	if s.saved != nil {
		if err := json.Unmarshal(s.saved, &restored); err != nil {
			return fmt.Errorf("rolling account state back: %w", err)
		}
	}
	s.account = restored
	return nil
}

func replaceFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
