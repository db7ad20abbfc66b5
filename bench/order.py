#!/usr/bin/env python3
"""Writes crates/cli/order.ld: the functions that a deploy runs, from what callgrind saw.

usage: bench/order.py BINARY LINK-MAP CALLGRIND… >crates/cli/order.ld

BINARY is a release build with CARGO_PROFILE_RELEASE_STRIP=false, LINK-MAP what `cargo rustc --release -p segue-cli -- -C
link-arg=-Wl,-Map=FILE` has written for it, and CALLGRIND the outputs of `valgrind --tool=callgrind --demangle=no` for a
deploy of the benchmark's migrations to PostgreSQL, and for one to SQLite with nothing to do.
"""

import collections
import re
import subprocess
import sys

HEADER = """\
/* The code that a deploy runs, next to each other in the binary: the system reads pages in blocks of 64 KiB, and among
   the code of the embedded server each block would hold little that is needed. Written by bench/order.py from what
   callgrind saw run; a name that is gone is no error, and costs a block. */"""

MAP_LINE = re.compile(r"\s*[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+\s+(\S.*):\(\.text\.((?:unlikely\.)?\S+)\)$")


def functions_that_ran(files):
    """Names of all functions in callgrind's outputs."""
    ran = set()
    for file in files:
        for line in open(file):
            found = re.match(r"c?fn=\(\d+\) (.*)", line)
            if found:
                ran.add(re.sub(r"'\d+$", "", found[1].strip()))
    return ran


def names_in(binary):
    """Names of all symbols that a binary defines."""
    listed = subprocess.run(["nm", "--defined-only", binary], check=True, capture_output=True, text=True).stdout
    parts = (line.split(None, 2) for line in listed.splitlines())
    return {part[2] for part in parts if len(part) == 3}


def pattern(name):
    """The name without the hashes that change with every version of a crate."""
    name = re.sub(r"\.llvm\.\d+$", "", name)
    name = re.sub(r"17h[0-9a-f]{16}E.*$", "17h*", name)
    return re.sub(r"Cs[0-9A-Za-z]+_", r"Cs*_", name) + "*" if name.startswith("_R") else name


def object_of(path):
    """A pattern for the object files of the crate that a function was compiled with."""
    file = path.rsplit("/", 1)[-1]
    crate = re.match(r"segue-[0-9a-f]+\.([a-z0-9_]+)-[0-9a-f]+\.", file)
    if crate:
        return f"*.{crate[1]}-*"
    return "*.segue.*" if re.match(r"segue-[0-9a-f]+\.segue\.", file) else None


class Sizes:
    """Bytes behind each pattern: in all files, in those of one crate, and of functions that ran."""

    def __init__(self, link_map, ran):
        self.all = collections.Counter()
        self.of_crate = collections.Counter()
        self.ran = collections.Counter()
        self.crates = collections.defaultdict(set)
        for line in open(link_map):
            found = MAP_LINE.match(line)
            if found:
                self.add(int(found[1], 16), object_of(found[2]), found[3], ran)

    def add(self, size, crate, section, ran):
        name = section.removeprefix("unlikely.")
        wanted = ("unlikely." if name != section else "") + pattern(name)
        self.all[wanted] += size
        self.of_crate[crate, wanted] += size
        if name in ran:
            self.ran[wanted] += size
            self.crates[wanted].add(crate)

    def chosen(self):
        """Patterns for all files, and for those of a crate: such as bring little along that does not run."""
        everywhere, within = [], collections.defaultdict(list)
        for wanted in sorted(self.ran):
            if self.all[wanted] <= 2 * self.ran[wanted] + 1024 or "7raw_vec" in wanted:
                everywhere.append(wanted)
                continue
            for crate in filter(None, self.crates[wanted]):
                if self.of_crate[crate, wanted] <= 6 * self.ran[wanted] + 2048:
                    within[crate].append(wanted)
        return everywhere, within


def main(binary, link_map, *profiles):
    ran = functions_that_ran(profiles) & names_in(binary)
    everywhere, within = Sizes(link_map, ran).chosen()
    print(HEADER, "SECTIONS", "{", "  .text.deploy :", "  {", sep="\n")
    for files, patterns in [("*", everywhere), *sorted(within.items())]:
        print(f"    {files}(", *(f"      .text.{wanted}" for wanted in patterns), "    )", sep="\n")
    print("  }", "}", "INSERT BEFORE .text;", sep="\n")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
