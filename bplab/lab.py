"""JupyterLab on a student's copy of the course."""

from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyterlab.labapp import LabApp


class WithoutDelay(ZMQChannelsWebsocketConnection):
    """The way from a kernel to the browser, each message sent as it comes.

    TCP by itself keeps a small message until the one before it has been acknowledged, for which a browser takes up to
    40 ms (Nagle's algorithm beside delayed acknowledgement). A slider's picture is the third of four such messages.
    """

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def start(directory: Path, browser: bool = True) -> None:
    """Serve the copy in this folder, with the kernel of this Python; ends with the server."""
    options = [
        f"--ServerApp.root_dir={directory.resolve()}",
        "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb",
        "--ServerApp.kernel_spec_manager_class=bplab.course.ThisPython",
        "--ServerApp.kernel_websocket_connection_class=bplab.lab.WithoutDelay",
        "--allow-root",
    ]
    LabApp.launch_instance(argv=options if browser else [*options, "--no-browser"])
