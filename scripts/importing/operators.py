"""Operators of torchvision that a TorchScript network calls, and which of them inspect has."""

import torch

KNOWN = {"torchvision::nms", "torchvision::roi_align"}


def foreign(module):
    """Names of torchvision's operators in a network, but those that inspect has."""
    found = set()

    def walk(block):
        for node in block.nodes():
            if node.kind().startswith("torchvision::"):
                found.add(node.kind())
            for inner in node.blocks():
                walk(inner)

    for part in module.modules():
        for name in part._c._method_names():
            graph = part._c._get_method(name).graph.copy()
            torch._C._jit_pass_inline(graph)
            walk(graph)
    return sorted(found - KNOWN)


def usable(module, show):
    """The network, frozen where that takes away branches of training that call other operators, and
    whether it was."""
    if not foreign(module):
        return module, False
    frozen = torch.jit.freeze(module.eval())
    if left := foreign(frozen):
        raise SystemExit(f"error: the network calls {', '.join(left)}, which inspect has not")
    show("  frozen            to leave out operators that only its training calls")
    return frozen, True
