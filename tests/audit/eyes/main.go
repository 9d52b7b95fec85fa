// Checks a log of ours with Go's own sumdb code, which we did not write: signature, tiles, proofs.
//
//	eyes VKEY FOLDER < questions
//
// FOLDER holds a bundle, unpacked. A question is a line, its hashes in base64:
// "leaf INDEX LEAF HASH…" or "tree SIZE ROOT HASH…".
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A folder reads tiles as Go names them, where C2SP puts them: without the height in the path.
type folder string

func (folder) Height() int                     { return 8 }
func (folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	check(err)
	checkpoint, err := os.ReadFile(filepath.Join(os.Args[2], "checkpoint"))
	check(err)
	opened, err := note.Open(checkpoint, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, root := number(lines[1]), hash(lines[2])
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, folder(os.Args[2]))
	computed, err := tlog.TreeHash(size, reader)
	check(err)
	agree(computed, root)
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		words := strings.Fields(questions.Text())
		n, proof := number(words[1]), []tlog.Hash{}
		for _, word := range words[3:] {
			proof = append(proof, hash(word))
		}
		if words[0] == "leaf" {
			leaf, err := base64.StdEncoding.DecodeString(words[2])
			check(err)
			check(tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(leaf)))
			theirs, err := tlog.ProveRecord(size, n, reader)
			check(err)
			agree([]tlog.Hash(theirs), proof)
		} else {
			check(tlog.CheckTree(proof, size, root, n, hash(words[2])))
			theirs, err := tlog.ProveTree(size, n, reader)
			check(err)
			agree([]tlog.Hash(theirs), proof)
		}
	}
	fmt.Println(lines[0], size)
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return n
}

func hash(text string) (h tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	check(err)
	if copy(h[:], data) != len(h) || !bytes.Equal(h[:], data) {
		check(fmt.Errorf("no hash: %s", text))
	}
	return h
}

func agree(one, other any) {
	if !reflect.DeepEqual(one, other) && fmt.Sprint(one) != fmt.Sprint(other) {
		check(fmt.Errorf("%v, but %v here", one, other))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
