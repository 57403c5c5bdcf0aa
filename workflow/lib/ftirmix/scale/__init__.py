"""How long studies and identifications take on clusters: measured steps, modelled queues."""
