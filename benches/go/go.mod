module readmostly/benches/go

go 1.19

require github.com/google/btree v1.1.3
