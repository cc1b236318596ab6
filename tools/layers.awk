# layers.awk -- The layer rule: a file under server/ may include its own folder and those it can reach
# by walking left along the lines of this picture; the files at the root may include everything.
#
#   base - mem -+- ds - types - store -+- command -+- shard -+- persist -+- repl - cluster -+- admin
#               +- resp ---------------+           |         +- client --+                  |
#               +- ring - net ---------------------+                     +- pubsub, script -+
#
# Reads the sources, prints each breach, and exits with 1 if there is one.

function allow(folder, others,    count, names, i, name) {
    known[folder] = 1
    allowed[folder, folder] = 1
    count = split(others, names, " ")
    for (i = 1; i <= count; i++) {
        allowed[folder, names[i]] = 1
        for (name in known)
            if (allowed[names[i], name]) allowed[folder, name] = 1
    }
}

BEGIN {
    allow("base", "")
    allow("mem", "base")
    allow("ds", "mem")
    allow("types", "ds")
    allow("store", "types")
    allow("resp", "mem")
    allow("ring", "mem")
    allow("net", "ring")
    allow("command", "store resp")
    allow("shard", "command net")
    allow("client", "shard")
    allow("persist", "shard")
    allow("repl", "persist client")
    allow("cluster", "repl")
    allow("pubsub", "client")
    allow("script", "client")
    allow("admin", "cluster pubsub script")
}

/^#include "/ {
    split(FILENAME, path, "/")
    folder = path[2]
    if (folder ~ /\./) next # at the root of server/
    split($0, quoted, "\"")
    target = quoted[2]
    if (target !~ /\//) {
        if (target == "version.h") next
        print FILENAME ":" FNR ": includes " target " without its folder, or from the root"
        bad = 1
        next
    }
    sub(/\/.*/, "", target)
    if (!known[folder] || !known[target] || !allowed[folder, target]) {
        print FILENAME ":" FNR ": " folder "/ may not include " quoted[2]
        bad = 1
    }
}

# One folder owns each dangerous thing.
function owned_by(pattern, owner, what) {
    if ($0 ~ pattern && folder_of(FILENAME) != owner) {
        print FILENAME ":" FNR ": " what " belongs to " owner "/"
        bad = 1
    }
}

function folder_of(file,    path) {
    split(file, path, "/")
    return path[2]
}

/^[ \t]*(\/\*|\*|\/\/)/ { next }
{
    owned_by("[^_a-z](malloc|calloc|realloc|free|strdup)\\(", "mem", "allocation")
    owned_by("io_uring_", "ring", "io_uring")
    owned_by("clock_gettime\\(|gettimeofday\\(", "base", "the clock")
    owned_by("pthread_create\\(", "shard", "a thread")
}

END { exit bad }
