import subprocess, time, os
from tests.faults.test_supervised import *
from tests.faults.site import *
from infra.ground import check_ports
from infra.refusal import Refused
def test_x(folder, runs):
    port = free_port()
    for n in range(10):
        run = Run(folder, port); runs.append(run); run.until_ready()
        fam = family_of(run.process.pid)
        run.process.kill(); run.process.wait()
        left = [p for p,_ in fam if not ends(p, 10)]
        t = time.monotonic()
        said = ""
        while True:
            try: check_ports((port, port+1)); break
            except Refused as r:
                if not said:
                    said = subprocess.run(f"ss -tanp | grep -E '{port}|{port+1}'; ps -ww -axo pid,ppid,stat,nlwp,args | grep -E 'portal|defunct|postgres -D' | grep -v grep", shell=True, capture_output=True, text=True).stdout
            assert time.monotonic() - t < 20
        print(n, left, "free after", round(time.monotonic()-t,3), said)
        if said: print(fam)
