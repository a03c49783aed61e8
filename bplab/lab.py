"""JupyterLab on a student's copy of the course."""

import os
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyterlab.labapp import LabApp

from bplab.course import WIDGET_VIEW


class WithoutDelay(ZMQChannelsWebsocketConnection):
    """The way from a kernel to the browser, each message sent as it comes.

    TCP by itself keeps a small message until the one before it has been acknowledged, for which a browser takes up to
    40 ms (Nagle's algorithm beside delayed acknowledgement). A slider's picture is the third of four such messages.
    """

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def without_widget_views(model: dict[str, Any], **_: Any) -> None:
    """Take the widgets out of what JupyterLab is about to save, as `bplab build` does: they end with their kernel.

    Without it JupyterLab shows "model not found" in their place, and with their state saved too, sliders that move
    nothing. Now it shows what else an output holds: of an explorer the picture and its sentence.
    """
    if model.get("type") != "notebook":
        return
    for cell in model["content"]["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)


def start(directory: Path, browser: bool = True) -> None:
    """Serve the copy in this folder, with the kernel of this Python; ends with the server."""
    # labconfig/ is looked for in each of these folders; what a person chooses in JupyterLab's settings goes before it.
    places = [os.environ.get("JUPYTER_CONFIG_PATH"), str(Path(__file__).parent)]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, places))
    options = [
        f"--ServerApp.root_dir={directory.resolve()}",
        "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb",
        "--ServerApp.kernel_spec_manager_class=bplab.course.ThisPython",
        "--ServerApp.kernel_websocket_connection_class=bplab.lab.WithoutDelay",
        "--ContentsManager.pre_save_hook=bplab.lab.without_widget_views",
        "--allow-root",
    ]
    LabApp.launch_instance(argv=options if browser else [*options, "--no-browser"])
