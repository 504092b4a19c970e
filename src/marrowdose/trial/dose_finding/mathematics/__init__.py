"""Mathematics behind several parts of a design: vectorised over trials, by quadrature or tables."""
