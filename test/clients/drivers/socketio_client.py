"""Connects python-socketio to a notificationUrl, in both namespaces, and prints each step as a line of JSON.

Arguments: the notificationUrl, the certificate to trust, "websocket" or "polling" (which upgrades).
Ends after the first notification.
"""
import json
import sys
from urllib.parse import urlsplit

import requests
import socketio

url, ca_file, transport = sys.argv[1:]
parts = urlsplit(url)
session = requests.Session()
session.verify = ca_file
session.trust_env = False
client = socketio.Client(reconnection=False, http_session=session)


def tell(**step):
    print(json.dumps(step), flush=True)


@client.on("connect", namespace="/")
def on_default_connect():
    tell(connected="/")


@client.on("connect", namespace=parts.path)
def on_connect():
    tell(connected=parts.path)


@client.on("*", namespace="/")
def on_default_event(event, *arguments):
    tell(unexpected=event)


@client.on("notification", namespace=parts.path)
def on_notification(argument):
    tell(notification=argument, transport=client.transport())
    client.disconnect()


client.connect(
    f"{parts.scheme}://{parts.netloc}/?{parts.query}",
    transports=["websocket"] if transport == "websocket" else ["polling", "websocket"],
    namespaces=["/", parts.path],
    wait_timeout=15,
)
tell(ready=True)
client.wait()
