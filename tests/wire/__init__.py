"""A transport from an installed package, and the network that it speaks to.

`mesh_wire` is what a third party would publish: its folder and its entry point are installed by
`install`, and nothing of the product knows of it.  `WireNetwork` is the other end, in the test.
"""
