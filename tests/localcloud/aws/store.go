package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// account is what the state file holds.
type account struct {
	Credentials []Credential
	// Records are those of the home region, and of the services that have no regions.
	Records map[string]*record
	// Elsewhere are those of the other regions.
	Elsewhere map[string]map[string]*record

	// touched are the places whose records the change that is under way has been handed, and may have changed.
	touched map[place]struct{}
}

// place is where a record is kept: in a region, or in none, under its key.
type place struct{ region, key string }

// at is the record in a place, or nil.
func (a *account) at(p place) *record { return a.records(p.region)[p.key] }

// records are those of a region other than the home region, or those of the account.
func (a *account) records(region string) map[string]*record {
	if region == "" {
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

// touch says that somebody is handed what is in a place.
func (a *account) touch(p place) {
	if a.touched != nil {
		a.touched[p] = struct{}{}
	}
}

// store keeps the account behind one lock and on disk. Each change adds a line to the file, with the records that it
// has changed, before anybody hears of it, so that a daemon that is killed loses nothing it has answered, and a change
// takes the same time however much there is. (It is not synced: it has to survive a kill, not a power cut.) What was
// written again and again is written once when the file is opened next.
type store struct {
	path string

	mutex   sync.Mutex
	account account
	// written are the records as the file has them.
	written map[place]json.RawMessage
}

// line is what a line of the file says: that these are the account's keys, if there are any, and these its records
// from now on.
type line struct {
	Credentials []Credential `json:"credentials,omitempty"`
	Records     []entry      `json:"records,omitempty"`
}

// entry is a record in its place. One that is null is gone.
type entry struct {
	Region string          `json:"region,omitempty"`
	Key    string          `json:"key"`
	Record json.RawMessage `json:"record"`
}

// gone is what stands in the place of a record that is not there.
const gone = "null"

func (e entry) place() place { return place{e.Region, e.Key} }

func (l line) encode() ([]byte, error) {
	content, err := json.Marshal(l)
	return append(content, '\n'), err
}

func openStore(path string) (*store, error) {
	s := &store{
		path: path, account: account{Records: map[string]*record{}}, written: map[place]json.RawMessage{},
	}
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("reading account state: %w", err)
	}
	// What is behind the last line's end was being written by a daemon that was killed: nobody has heard of it.
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	for decoder := json.NewDecoder(bytes.NewReader(content)); ; {
		var l line
		err := decoder.Decode(&l)
		if errors.Is(err, io.EOF) {
			return s, s.writeAgain()
		}
		if err = errors.Join(err, s.take(l)); err != nil {
			return nil, fmt.Errorf("decoding account state %s: %w", path, err)
		}
	}
}

// take makes the account what a line says.
func (s *store) take(l line) error {
	if l.Credentials != nil {
		s.account.Credentials = l.Credentials
	}
	for _, e := range l.Records {
		var r *record
		if err := json.Unmarshal(e.Record, &r); err != nil {
			return err
		}
		if r == nil {
			delete(s.account.records(e.Region), e.Key)
		} else {
			s.account.records(e.Region)[e.Key] = r
		}
		s.remember(e)
	}
	return nil
}

// remember keeps what the file says of a record.
func (s *store) remember(e entry) {
	if string(e.Record) == gone {
		delete(s.written, e.place())
	} else {
		s.written[e.place()] = e.Record
	}
}

// entryOf is what the file says of a place.
func (s *store) entryOf(p place) entry {
	content, there := s.written[p]
	if !there {
		content = json.RawMessage(gone)
	}
	return entry{p.region, p.key, content}
}

// writeAgain makes one line of all that are in the file.
func (s *store) writeAgain() error {
	all := line{Credentials: s.account.Credentials}
	for p := range s.written {
		all.Records = append(all.Records, s.entryOf(p))
	}
	content, err := all.encode()
	if err == nil {
		err = replaceFile(s.path, content)
	}
	if err != nil {
		return fmt.Errorf("writing account state: %w", err)
	}
	return nil
}

// change runs f with the lock held and keeps what it did, or, when it fails, nothing of it.
func (s *store) change(f func(*account) error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	credentials := slices.Clone(s.account.Credentials)
	s.account.touched = map[place]struct{}{}
	defer func() { s.account.touched = nil }()
	if err := f(&s.account); err != nil {
		return errors.Join(err, s.rollBack(credentials))
	}
	if err := s.write(credentials); err != nil {
		return errors.Join(fmt.Errorf("writing account state: %w", err), s.rollBack(credentials))
	}
	return nil
}

// write adds to the file what the change that is under way has changed.
func (s *store) write(before []Credential) error {
	var added line
	if !slices.Equal(before, s.account.Credentials) {
		added.Credentials = s.account.Credentials
	}
	for p := range s.account.touched {
		content, err := json.Marshal(s.account.at(p))
		if err != nil {
			return err
		}
		if !bytes.Equal(content, s.entryOf(p).Record) {
			added.Records = append(added.Records, entry{p.region, p.key, content})
		}
	}
	if added.Credentials == nil && added.Records == nil {
		return nil
	}
	content, err := added.encode()
	if err != nil {
		return err
	}
	if err := appendTo(s.path, content); err != nil {
		return err
	}
	for _, e := range added.Records {
		s.remember(e)
	}
	return nil
}

// look runs f with the lock held. f changes nothing.
func (s *store) look(f func(*account)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	f(&s.account)
}

// rollBack makes what the change that is under way has touched what the file says.
func (s *store) rollBack(credentials []Credential) error {
	s.account.Credentials = credentials
	var before line
	for p := range s.account.touched {
		before.Records = append(before.Records, s.entryOf(p))
	}
	if err := s.take(before); err != nil {
		return fmt.Errorf("rolling account state back: %w", err)
	}
	return nil
}

// appendTo adds to a file all of the content, or nothing.
func appendTo(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	before, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		if _, err = file.Write(content); err != nil {
			err = errors.Join(err, file.Truncate(before))
		}
	}
	return errors.Join(err, file.Close())
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
