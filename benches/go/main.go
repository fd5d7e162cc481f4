// Go's side of the bench `go`: answers a line "ROW SIZE MILLISECONDS" with the nanoseconds of one operation.
//
// Whoever asks has both sides take turns. The tree of a size is made when it is first asked for.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/btree"
)

const (
	// What the package's own benchmarks have: up to 63 entries a node.
	degree = 32
	// How many lookups there are between two looks at the clock.
	calls = 256
	// So many writes are made and taken back in turns.
	changes = 8
	// How many keys are asked for, in turns.
	sample = 1 << 13
	// How many entries one look at a range shows.
	width = 100
)

// What the operations return goes here, or they would be optimised away.
var sink uint64

type entry struct{ key, value uint64 }

type tree = btree.BTreeG[entry]

// A tree that readers load, and that is cloned for each write.
type subject struct {
	current atomic.Pointer[tree]
	writers sync.Mutex
	size    int
	keys    []uint64
	next    int
}

func key(n uint64) uint64 { return n * 0x9E3779B97F4A7C15 }

func makeSubject(size int) *subject {
	it := &subject{size: size, keys: make([]uint64, sample)}
	entries := btree.NewG(degree, func(a, b entry) bool { return a.key < b.key })
	for n := 0; n < size; n++ {
		entries.ReplaceOrInsert(entry{key(uint64(n)), uint64(n)})
	}
	it.current.Store(entries)
	state := uint64(9)
	for i := range it.keys {
		state = state*6364136223846793005 + 1442695040888963407
		it.keys[i] = key((state >> 33) % uint64(size))
	}
	return it
}

func (it *subject) asked() entry {
	it.next++
	return entry{key: it.keys[it.next%sample]}
}

func (it *subject) get() uint64 {
	found, _ := it.current.Load().Get(it.asked())
	return found.value
}

func (it *subject) below() uint64 {
	// No key is one less than another: so this is the one in front of it.
	asked, value := it.asked(), uint64(0)
	asked.key--
	it.current.Load().DescendLessOrEqual(asked, func(found entry) bool {
		value = found.value
		return false
	})
	return value
}

func (it *subject) span() uint64 {
	left, sum := width, uint64(0)
	it.current.Load().AscendGreaterOrEqual(it.asked(), func(found entry) bool {
		sum += found.value
		left--
		return left > 0
	})
	return sum
}

func (it *subject) walk() uint64 {
	sum := uint64(0)
	it.current.Load().Ascend(func(found entry) bool {
		sum += found.value
		return true
	})
	return sum
}

func (it *subject) write(change func(*tree)) {
	it.writers.Lock()
	defer it.writers.Unlock()
	next := it.current.Load().Clone()
	change(next)
	it.current.Store(next)
}

func (it *subject) measure(row string, span time.Duration) float64 {
	switch row {
	case "get":
		return reads(span, calls, it.get)
	case "get_le":
		return reads(span, calls, it.below)
	case "range":
		return reads(span, calls/8, it.span)
	case "walk":
		return reads(span, 1, it.walk) / float64(it.size)
	case "insert":
		return it.inserts(span)
	}
	panic("no such row: " + row)
}

func reads(span time.Duration, calls int, read func() uint64) float64 {
	start, count, sum := time.Now(), 0, uint64(0)
	for time.Since(start) < span {
		for i := 0; i < calls; i++ {
			sum += read()
		}
		count += calls
	}
	sink = sum
	return float64(time.Since(start).Nanoseconds()) / float64(count)
}

func (it *subject) inserts(span time.Duration) float64 {
	start, count, elapsed := time.Now(), 0, time.Duration(0)
	for time.Since(start) < span {
		first := uint64(it.size + it.next%4_000)
		it.next += changes
		before := time.Now()
		for n := first; n < first+changes; n++ {
			it.write(func(next *tree) { next.ReplaceOrInsert(entry{key(n), 0}) })
		}
		elapsed += time.Since(before)
		count += changes
		for n := first; n < first+changes; n++ {
			it.write(func(next *tree) { next.Delete(entry{key: key(n)}) })
		}
	}
	return float64(elapsed.Nanoseconds()) / float64(count)
}

func main() {
	subjects := map[int]*subject{}
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		var row string
		var size, span int
		if _, err := fmt.Sscan(requests.Text(), &row, &size, &span); err != nil {
			panic(err)
		}
		if subjects[size] == nil {
			subjects[size] = makeSubject(size)
		}
		fmt.Println(subjects[size].measure(row, time.Duration(span)*time.Millisecond))
	}
}
