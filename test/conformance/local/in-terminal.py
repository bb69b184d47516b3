"""Runs a command in a terminal of its own: in-terminal.py STEPS COMMAND [argument …]

STEPS is JSON: pairs of a text to wait for in the output, and of keys to press then. It prints JSON: the output, and the exit
status, below zero for the signal that ended the command.
"""

import json
import os
import pty
import sys

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

output = ""


def read():
    """One more piece of the output; False at its end, which Linux reports as an error."""
    global output
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        return False
    output += piece.decode()
    return piece != b""


for text, keys in steps:
    while text not in output and read():
        pass
    os.write(terminal, keys.encode())
while read():
    pass
_, status = os.waitpid(pid, 0)
print(json.dumps({"output": output.replace("\r\n", "\n"), "status": os.waitstatus_to_exitcode(status)}))
