"""Rules and requests at random, small enough that they often meet."""

from hypothesis import strategies as st

from portal.policy.data_access import DataAccess, Level
from portal.policy.facts import Access, Facts
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.policy import Policy
from portal.policy.resources import Resources

SCHEMES = st.sampled_from(["algo", "query"])
PARTS = st.sampled_from(["demo", "nlp", "Hello", "1.0"])
ENTRIES = st.one_of(
    st.builds("{}://*".format, SCHEMES),
    st.builds("{}://{}/*".format, SCHEMES, PARTS),
    st.builds("{}://{}/{}".format, SCHEMES, PARTS, PARTS),
    st.builds("{}://{}/{}/*".format, SCHEMES, PARTS, PARTS),
)
NAMED = st.one_of(
    st.builds("{}://{}".format, SCHEMES, PARTS),
    st.builds("{}://{}/{}".format, SCHEMES, PARTS, PARTS),
    st.builds("{}://{}/{}/{}".format, SCHEMES, PARTS, PARTS, PARTS),
)
HOSTS = st.sampled_from(
    ["example.org", "*.example.org", "www.example.org", "www.example.org:8443", "*.www.example.org", "localhost:3000"]
)
PAGES = st.sampled_from(
    ["https://example.org", "https://www.example.org", "https://www.example.org:8443", "http://localhost:3000", "null"]
)
CIDRS = st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "2001:db8::/32", "2001:db8:1::/48"])
ADDRESSES = st.sampled_from(["10.1.2.3", "10.2.0.1", "192.0.2.1", "2001:db8:1::7", "2001:db9::1"])

resources = st.builds(Resources.read, st.lists(ENTRIES, max_size=4))
origins = st.builds(
    CallerOrigin.read,
    st.one_of(
        st.fixed_dictionaries({"native": st.just(True), "hosts": st.none()}),
        st.fixed_dictionaries({"native": st.booleans(), "hosts": st.lists(HOSTS, max_size=3)}),
    ),
)
networks = st.builds(Networks.read, st.lists(CIDRS, max_size=3))
data = st.builds(DataAccess, st.sampled_from(Level))
policies = st.builds(Policy, networks=networks, origin=origins, resources=resources, data=data)

facts = st.builds(
    Facts,
    address=st.none() | ADDRESSES,
    origin=st.none() | PAGES,
    referer=st.none() | PAGES.map("{}/page".format),
    resource=st.none() | NAMED,
    access=st.none() | st.sampled_from(Access),
    any_key=st.booleans(),
)
