"""A real RTSP server for the tests: GStreamer's. rtsp-server.py PORT FILE, with RTSP_USER and RTSP_PASSWORD set"""
import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

Gst.init(None)
for element in ("qtdemux", "rtph264pay"):
    if Gst.ElementFactory.find(element) is None:
        sys.exit(f"GStreamer has no {element}")
if len(sys.argv) < 2:
    sys.exit(0)
port, path = sys.argv[1:3]
user, password = os.environ["RTSP_USER"], os.environ["RTSP_PASSWORD"]

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "user")
auth.add_digest(user, password, token)
server.set_auth(auth)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(f'( filesrc location="{path}" ! qtdemux ! rtph264pay name=pay0 pt=96 config-interval=1 )')
factory.set_shared(False)
role = "user,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
structure = Gst.Structure.new_from_string(role)
factory.add_role_from_structure(structure[0] if isinstance(structure, tuple) else structure)
server.get_mount_points().add_factory("/stream", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
