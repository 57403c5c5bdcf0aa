"""ftirmix: which polymers are in a mixed microplastic spectrum, and where did the network look?"""
