"""The typed client: the doors over HTTP. It repeats what is safe to repeat, with the same ids, and raises what is not done.

async with DueprocessClient("https://trust.example", token) as client:
    receipt = await client.submit_report(ReportMessage(...))
"""

from api.client.caring import Caring
from api.client.operating import Operating
from api.client.policies import PolicyMaking
from api.client.quality import LeadingQuality
from api.client.reviewing import Reviewing
from api.client.sending import Sending
from api.client.transport import ClientError, Refused, Unavailable

__all__ = ["ClientError", "DueprocessClient", "Refused", "Unavailable"]


class DueprocessClient(Sending, Reviewing, Caring, LeadingQuality, Operating, PolicyMaking):
    """One caller's way to one gateway.

    token: a bearer token; it says tenant and role. pauses: seconds between attempts; () tries once.
    transport: another way to the gateway than the network, such as httpx2.ASGITransport.
    """
