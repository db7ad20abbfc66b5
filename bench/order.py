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

ran = set()
for file in sys.argv[3:]:
    for line in open(file):
        found = re.match(r"c?fn=\(\d+\) (.*)", line)
        if found:
            ran.add(re.sub(r"'\d+$", "", found[1].strip()))
names = subprocess.run(["nm", "--defined-only", sys.argv[1]], check=True, capture_output=True, text=True).stdout
hits = ran & {line.split(None, 2)[2] for line in names.splitlines() if len(line.split(None, 2)) == 3}

def pat(n):
    n=re.sub(r'\.llvm\.\d+$','',n)
    n=re.sub(r'17h[0-9a-f]{16}E.*$','17h*',n)
    if n.startswith('_R'): n=re.sub(r'Cs[0-9A-Za-z]+_',r'Cs*_',n)+'*'
    return n
def crate(path):
    b=path.rsplit('/',1)[-1]
    m=re.match(r'segue-[0-9a-f]+\.([a-z0-9_]+)-[0-9a-f]+\.',b)
    if m: return f'*.{m[1]}-*'
    if re.match(r'segue-[0-9a-f]+\.segue\.',b): return '*.segue.*'
    m=re.search(r'\((.*)\.o\)',b)
    return None
size=collections.Counter(); hit=collections.Counter(); objs=collections.defaultdict(set); bycr=collections.Counter()
for l in open(sys.argv[2]):
    m=re.match(r'\s*[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+\s+(\S.*):\(\.text\.((?:unlikely\.)?\S+)\)$',l)
    if not m: continue
    sz=int(m[1],16); n=m[3].removeprefix('unlikely.'); p=('unlikely.' if n!=m[3] else '')+pat(n); size[p]+=sz; c=crate(m[2]); bycr[c,p]+=sz
    if n in hits: hit[p]+=sz; objs[p].add(c)
plain=[]; per=collections.defaultdict(list); tot=0; dropped=0
for p in sorted(hit):
    if size[p]<=2*hit[p]+1024 or "7raw_vec" in p: plain.append(p); tot+=size[p]; continue
    for c in objs[p]:
        if c and bycr[c,p]<=6*hit[p]+2048: per[c].append(p); tot+=bycr[c,p]
        else: dropped+=hit[p]; print('drop',c,p[:80],size[p],bycr[c,p],hit[p],file=sys.stderr)
print('plain',len(plain),'per',sum(map(len,per.values())),'total',tot,'hit',sum(hit.values()),'dropped',dropped,file=sys.stderr)
print('SECTIONS\n{\n  .text.deploy :\n  {\n    *(')
for p in plain: print(f'      .text.{p}')
print('    )')
for c in sorted(per):
    print(f'    {c}(')
    for p in per[c]: print(f'      .text.{p}')
    print('    )')
print('  }\n}\nINSERT BEFORE .text;')
