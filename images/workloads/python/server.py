"""Threads that count under a lock, and a TCP server with a thread per client on port 8080.

Each line a client sends is answered with one JSON object: the line, how many were answered so far in all, and the counters. The sum of
the counters must equal the total that is kept under the same lock: a thread that was lost or ran twice shows.
"""
import json
import os
import socketserver
import threading
import time

THREADS = int(os.environ.get("THREADS", "8"))
lock = threading.Lock()
counters = [0] * THREADS
total = 0
answered = 0
ballast = bytearray(os.urandom(1 << 20) * int(os.environ.get("BALLAST_MB", "64")))


def count(index: int) -> None:
    global total
    while True:
        with lock:
            counters[index] += 1
            total += 1
        time.sleep(0.005)


class Lines(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        global answered
        for line in self.rfile:
            with lock:
                answered += 1
                answer = {"line": line.decode().strip(), "answered": answered, "counters": counters[:], "total": total}
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    for index in range(THREADS):
        threading.Thread(target=count, args=(index,), daemon=True).start()
    print("listening", flush=True)
    Server(("", 8080), Lines).serve_forever()
