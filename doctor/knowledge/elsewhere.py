"""Modules that no index brings: a service, an application, a device or another operating system provides them.

Collected on 2026-11-22 by hand from the documentation of each (certainty: general). What stands here is never told as
missing, for the code that imports it is meant to run where it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


#: top-level modules that only their own host provides
_ALWAYS = _words(
    """
    google3 colabtools kaggle_secrets kaggle_datasets kaggle_web_client kaggle_environments kaggle_evaluation
    dbutils dbruntime awsglue mssparkutils notebookutils sempy_labs trident synapse
    _snowflake deepnote_toolkit
    arcpy arcgisscripting qgis processing pyqgis grass
    bpy bpy_extras bmesh mathutils bgl blf gpu_extras aud
    maya pymel hou nuke c4d unreal rv MaxPlus pymxs substance_painter substance_designer
    FreeCAD FreeCADGui Part Draft Mesh Sketcher PartDesign
    abaqus abaqusConstants odbAccess caeModules salome paraview SMESH geompy
    idaapi idautils idc ida_bytes ida_funcs ida_hexrays ida_kernwin ghidra binaryninja gdb lldb
    sublime sublime_plugin xbmc xbmcaddon xbmcgui xbmcplugin xbmcvfs vim weechat hexchat obspython
    lsst
    machine utime uos uio ujson ustruct usocket uasyncio urequests micropython network esp esp32 rp2 pyb neopixel
    board digitalio analogio busio microcontroller supervisor storage displayio terminalio pwmio touchio rotaryio
    js pyodide pyodide_js pyodide_kernel micropip piplite pyscript
    java javax jython System Autodesk Rhino rhinoscriptsyntax scriptcontext Grasshopper
    omni carb isaacsim
    sage ROOT cppyy
    apt apt_pkg rpm dnf yum selinux ubuntutools softwareproperties
    """
)

#: modules of Python 2, whose code no environment of today can run whatever is installed
_PYTHON_2 = _words(
    """
    BaseHTTPServer CGIHTTPServer ConfigParser Cookie HTMLParser Queue SimpleHTTPServer SimpleXMLRPCServer SocketServer
    StringIO Tkinter UserDict UserList UserString anydbm cPickle cStringIO commands compiler cookielib copy_reg
    dummy_thread exceptions htmlentitydefs httplib ihooks md5 mimetools mhlib mutex new popen2 robotparser rfc822 sets
    sgmllib sha statvfs thread tkFileDialog tkMessageBox tkSimpleDialog ttk urllib2 urlparse user whichdb xmlrpclib
    """
)

#: operating system -> modules that exist on it alone
_OF_SYSTEM: Mapping[str, frozenset[str]] = {
    "windows": _words(
        """
        win32api win32con win32com win32gui win32file win32event win32process win32service win32serviceutil win32pipe
        win32clipboard win32pdh win32print win32security win32ui winerror pythoncom pywintypes pywin servicemanager
        comtypes wmi winrt winsdk winshell win32timezone winreg
        """
    ),
    "macos": _words(
        "AppKit Foundation Cocoa Quartz objc CoreFoundation CoreServices ScriptingBridge PyObjCTools LaunchServices"
    ),
    "linux": _words("gi dbus systemd RPi smbus spidev pigpio picamera lgpio"),
}

#: modules that a service brings along and that can be installed as well: told only where the project asks for them
_SOMETIMES = _words(
    """
    pyspark databricks delta snowflake sempy apex google
    gi dbus RPi smbus spidev cairo clr pxr
    """
)

#: parts of a package whose other parts are elsewhere too
_PARTS = re.compile(r"google\.colab\b.*|databricks\.(?:sdk\.runtime|koalas)\b.*|pyspark\.dbutils\b.*")


def is_provided_elsewhere(module: str, system: str) -> bool:
    """Whether a module comes with a service, an application, another operating system, or Python 2."""
    if module in _ALWAYS or module in _PYTHON_2:
        return True
    return any(module in names for other, names in _OF_SYSTEM.items() if other != system)


def may_be_elsewhere(module: str) -> bool:
    """Whether a module that can be installed is also brought along by services or systems."""
    return module in _SOMETIMES


def is_part_elsewhere(name: str) -> bool:
    """Whether a dotted name is the part of a package that only a service has: google.colab."""
    return _PARTS.fullmatch(name) is not None
