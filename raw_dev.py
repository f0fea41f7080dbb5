"""raw kinds per fault, no suspects"""
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from tests.kinds import *
def run(name):
    f=load_cached()[name]
    out={}
    for answers in (False,True):
        inq=Inquiry("new"); err=None
        for one,rec in recordings(faulty(f),programs(GEN)):
            inq.add(entry(one, bare(rec) if answers else rec))
        from fuzz.recordings.judge_kernel import LEGACY as LG
        if inq.base is LG and not inq.is_old:
            from fuzz.recordings.judge_program import judge_as_old
            inq.disagreeing.sort(key=lambda i:i[:2])
            for _,n,e in inq.disagreeing: inq.judgements[n]=judge_as_old(e,"new",inq.judgements[n])
        c=Counter(str(j.bug_kind) for j in inq.telling()); INQ=inq
        ex={}
        for j in inq.telling():
            if str(j.bug_kind) not in f.kinds and str(j.bug_kind) not in ex: ex[str(j.bug_kind)]=(j.program,j.step,j.why)
        out[answers]=(c,ex)
    return name,sorted(f.kinds),out
GEN=60
_l={}
def load_cached():
    if not _l: _l.update(load())
    return _l
if __name__=="__main__":
    names=sys.argv[1:] or [n for n,f in load().items() if f.kinds and f.model!="rules"]
    with ProcessPoolExecutor(2) as p:
        tot=[0,0,0]
        for name,due,out in p.map(run,names,chunksize=4):
            line=[]
            for a in (False,True):
                c,ex=out[a]
                top=c.most_common(1)[0][0] if c else None
                ok= top is None or top in due
                tot[a]+=ok and top is not None
                if not a: tot[2]+= top is not None
                line.append(f"{'ok ' if ok else 'BAD'} {dict(c.most_common(4))}")
            print(f"{name} [{'/'.join(due)}]\n   S {line[0]}\n   A {line[1]}",flush=True)
            for a in (False,True):
                if line[a].startswith("BAD") or len(names)<4:
                    for k,v in list(out[a][1].items())[:2 if len(names)>3 else 6]: print(f"      {'A' if a else 'S'} {k}: {v[0][:30]} {v[1]} {v[2][:230]}")
        print("states",tot[0],"answers",tot[1],"of",tot[2])
